"""Registry: every version of every model, with what it was made from.

MLflow keeps it: in SQLite beside the project's other state, or on the server that `MLFLOW_TRACKING_URI` names. Models
stand there as the same archives as in the object store, under the same digest, so that what is loaded is verified.
"""

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline import project
from pipeline.errors import ModelError, StoreError, near
from pipeline.models import mlmodel, promotion, recording
from pipeline.models.connection import location, session
from pipeline.models.promotion import Promotion
from pipeline.models.versions import Candidate, Version
from pipeline.store import codecs, digest, objects
from pipeline.turns import turn

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities.model_registry import ModelVersion

CHAMPION, CHALLENGER, PREVIOUS = "champion", "challenger", "previous"
"""Aliases: what answers now, what was registered last and does not answer, and what answered before."""

_TURN_S = 120.0  # the first version of a project waits for its database to be made


def register(name: str, candidate: Candidate) -> Version:
    """Register a version, with an MLflow run that carries its parameters and metrics.

    A candidate of the same model and lineage is registered once under a name: the version that is there is returned.

    Raises
    ------
    ModelError
        If the name or a value is refused, schema or golden rows are missing, a column has no type that MLflow knows, or
        the registry does not answer.
    StoreError
        If the model is not in the project's object store.
    """
    _require_name(name)
    _require_whole(name, candidate)
    archive = objects.project_store().get(candidate.model_digest)
    with _turn(), session(f"cannot register a version of {name!r}") as client:
        known = _registered(client, name, candidate)
        return (
            known
            if known is not None
            else _challenging(client, _version(recording.create(client, name, candidate, archive)))
        )


def set_alias(name: str, alias: str, version: int) -> None:
    """Point an alias at a version; it is taken from any other.

    Raises
    ------
    ModelError
        If there is no such version, or MLflow takes no such alias.
    """
    with _turn(), session(f"cannot give {name!r} the alias {alias!r}") as client:
        client.set_registered_model_alias(name, alias, str(_find(client, name, version).version))


def promote(name: str, version: int, *, run: str, against: str | None) -> Promotion:
    """Make a version the champion, for people (the alias) and for what answers (the pointer), in one turn.

    Parameters
    ----------
    name, version
        A version of the registry.
    run
        The run that decided so.
    against
        Digest of the champion that it was judged against, None where there was none.

    Raises
    ------
    ModelError
        If there is no such version, its model is not in the project's object store, or the champion is another by now.
    """
    return crown(find(name, version).promotion(run), against=against)


def crown(wanted: Promotion, *, against: str | None) -> Promotion:
    """Make a version the champion as it is to be noted; the rest as `promote`."""
    with _turn(), session(f"cannot promote {wanted.title}") as client:
        _find(client, wanted.name, wanted.version)
        promoted = promotion.promote(wanted, against=against)
        _point(client, wanted.name)
    return promoted


def follow(name: str) -> None:
    """Point the aliases at what the project's log says of a model: what answers, and what answered before.

    Raises
    ------
    ModelError
        If the registry has no such version, or does not answer.
    """
    with _turn(), session(f"cannot point the aliases of {name!r}") as client:
        _point(client, name)


def find(name: str, version: int | str) -> Version:
    """Look up a version by its number or by an alias.

    Raises
    ------
    ModelError
        If there is no such model, version or alias; near matches are named.
    """
    with session(f"cannot find {name!r}") as client:
        return _find(client, name, version)


def load(name: str, version: int | str) -> Any:  # noqa: ANN401 - any estimator
    """Load the model of a version, by its number or by an alias.

    Raises
    ------
    ModelError
        If there is no such version, its files are gone or were changed, or it was made with other libraries.
    """
    found = find(name, version)
    mlmodel.check_libraries(_fetch(found, mlmodel.LIBRARIES), found.title)
    archive = _fetch(found, mlmodel.ARCHIVE)
    try:
        objects.verified(archive, found.model_digest, found.uri)
    except StoreError as error:
        raise ModelError(
            f"version {found.version} of {name!r} was changed: the model at {found.uri} is not {found.model_digest}. "
            "Do not use it; register the model again."
        ) from error
    return codecs.decode("model", archive)


def _point(client: "MlflowClient", name: str) -> None:
    wanted = {CHAMPION: next(reversed(promotion.history(name)), None), PREVIOUS: promotion.previous(name)}
    for alias, line in wanted.items():
        if line is not None:
            client.set_registered_model_alias(name, alias, str(_find(client, name, line.version).version))
    aliases = client.get_registered_model(name).aliases
    if aliases.get(CHALLENGER) == aliases.get(CHAMPION):
        client.delete_registered_model_alias(name, CHALLENGER)


@contextmanager
def _turn() -> Iterator[None]:
    with turn(project.state() / "models" / "registry.lock", _TURN_S):
        yield


def _require_name(name: str) -> None:
    if re.fullmatch(r"\w[\w .-]*", name) is None:
        raise ModelError(
            f"{name!r} is no name for a model: it starts with a letter or digit and goes on with letters, digits, "
            "spaces, dots, hyphens and underscores. Give it another one."
        )


def _challenging(client: "MlflowClient", version: Version) -> Version:
    client.set_registered_model_alias(version.name, CHALLENGER, str(version.version))
    return replace(version, aliases=(*version.aliases, CHALLENGER))


def _require_whole(name: str, candidate: Candidate) -> None:
    if candidate.golden.empty or not candidate.schema:
        missing = "golden rows" if candidate.golden.empty else "a schema"
        raise ModelError(
            f"a version of {name!r} without {missing} is not registered: nobody could tell it from another."
        )


def _find(client: "MlflowClient", name: str, version: int | str) -> Version:
    models = {model.name: model for model in client.search_registered_models()}
    if name not in models:
        raise ModelError(f"the registry has no model {name!r}: {near(name, models)} Register it first.")
    aliases = models[name].aliases
    known = {str(found.version) for found in client.search_model_versions(f"name = '{name}'")}
    number = str(aliases.get(version, version))
    if number not in known:
        raise ModelError(
            f"{name!r} has no version or alias {version!r}: "
            f"there are the versions {sorted(map(int, known))} and the aliases {sorted(aliases)}. Ask for one of them."
        )
    return _version(client.get_model_version(name, number))


def _registered(client: "MlflowClient", name: str, candidate: Candidate) -> Version | None:
    """Return the newest version of the same lineage whose files are still what they were."""
    versions = client.search_model_versions(f"name = '{name}' and tags.lineage = '{candidate.lineage}'")
    numbers = sorted((int(found.version) for found in versions), reverse=True)
    newest_first = (_version(client.get_model_version(name, str(number))) for number in numbers)
    return next((version for version in newest_first if _whole(version)), None)


def _whole(version: Version) -> bool:
    try:
        return digest.of_bytes(_fetch(version, mlmodel.ARCHIVE)) == version.model_digest
    except ModelError:
        return False


def card(name: str, version: int | str) -> str:
    """Return the card of a version, in Markdown.

    Raises
    ------
    ModelError
        If there is no such version, or it has none: an older release registered it.
    """
    return _fetch(find(name, version), mlmodel.CARD).decode()


def _fetch(version: Version, file: str) -> bytes:
    """Read a file of a version from where the registry keeps it."""
    purpose = f"cannot read version {version.version} of {version.name!r}"
    with session(purpose), tempfile.TemporaryDirectory() as folder:
        from mlflow.artifacts import download_artifacts

        source = f"{version.uri.rstrip('/')}/{file}"
        return Path(download_artifacts(artifact_uri=source, dst_path=folder, tracking_uri=location())).read_bytes()


def _threshold(text: str) -> float | None:
    return None if text == repr(None) else float(text)


def _version(found: "ModelVersion") -> Version:
    return Version(
        name=found.name,
        version=int(found.version),
        model_digest=found.tags.get("model_digest", ""),
        data_digest=found.tags.get("data_digest", ""),
        test_digest=found.tags.get("test_digest", ""),
        threshold=_threshold(found.tags.get("threshold", "nan")),
        run=found.tags.get("run", ""),
        git_commit=found.tags.get("git_commit", ""),
        registered=datetime.fromtimestamp(found.creation_timestamp / 1000, UTC),
        aliases=tuple(found.aliases),
        uri=str(found.source),
    )
