"""Reading: where reports can be read."""

from pathlib import Path


def address(port: int, token: str) -> None:
    """Print where the site answers."""
    print(f"read:           http://127.0.0.1:{port}/")
    print(f"read and judge: http://127.0.0.1:{port}/?token={token}")
    print("Ctrl-C ends it.", flush=True)


def wrote(run: str, done: int, total: int) -> None:
    """Print that the pages of a run are written."""
    print(f"{done}/{total} {run}", flush=True)


def written(file: Path) -> None:
    """Print what there is to open now."""
    print(f"open {file}")
