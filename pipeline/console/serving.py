"""The service: what answers where."""

from pipeline.console import words


def answers(title: str, url: str) -> None:
    """Print which version answers at which address."""
    print(f"{words.harmless(title)} answers at {url}; what can be asked: {url}/openapi.json", flush=True)
