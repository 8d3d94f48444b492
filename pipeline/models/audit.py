"""Audit: whether what is said about champions is whole, and whether all that names one names the same."""

from collections.abc import Iterator

from pipeline.errors import ModelError
from pipeline.models import promotion, registry, trials
from pipeline.models.promotion import Promotion
from pipeline.store.objects import project_store


def problems() -> Iterator[str]:
    """Say what is wrong, the logs of promotions and trials first: where one was changed, nothing else can be known.

    Raises
    ------
    ModelError
        If a log was changed; with its first broken line.
    """
    champions = {line.name: line for line in promotion.history()}
    trials.history()
    for line in champions.values():
        yield from _lost(line)
        yield from _differing(line)


def _lost(line: Promotion) -> Iterator[str]:
    kept = {"model": line.model_digest, "training rows": line.data_digest, "test rows": line.test_digest}
    for what, digest in kept.items():
        if not project_store().has(digest):
            yield f"the object store lacks the {what} of {line.title}, which answers now: {digest}"


def _differing(line: Promotion) -> Iterator[str]:
    """Compare the registry with the log."""
    try:
        found = registry.find(line.name, registry.CHAMPION)
    except ModelError as error:
        yield f"the registry names no champion of {line.name!r}, the log {line.title}: {error}"
        return
    if found.version != line.version:
        yield f"the alias of the registry is at {found.title}, the log says that {line.title} answers"
    if found.version == line.version and found.model_digest != line.model_digest:
        yield f"{line.title} is another model in the registry: {found.model_digest}, in the log {line.model_digest}"
