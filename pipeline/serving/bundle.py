"""Bundle: all that a version needs to answer, in one manifest that names the model by its digest.

It is written before the version can become champion. The log of promotions says which version answers; its manifest
stands beside the log, under the version's name and number.
"""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from pipeline import project
from pipeline.data.recipe import Recipe
from pipeline.data.rules import Rules
from pipeline.errors import ModelError
from pipeline.goal import Goal
from pipeline.serving import compiled, rows
from pipeline.serving.compiled import Compilation
from pipeline.store import codecs, digest, estimators
from pipeline.store.objects import project_store, write_atomic

if TYPE_CHECKING:
    import pandas as pd

FOLDER = Path("models") / "bundles"
"""Where manifests stand in the state folder."""

_ALWAYS = {"numpy", "pandas", "sklearn", "onnxruntime"}


class Contents(BaseModel):
    """What a bundle is made of.

    Attributes
    ----------
    name, version
        The registered model, and the number of its version.
    model_digest
        Of the model in the project's store.
    goal, threshold, interval
        What is predicted; from which probability a row is positive; how far numbers lie around the truth (`level`,
        `half_width`). None where there is none.
    recipe
        How features are made of a raw row.
    request
        Rules of the raw columns that the recipe looks at.
    zones
        Time zone of each of them that holds dates; None where they have none.
    card
        What a person has to know of the version, in Markdown.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())

    name: str
    version: int
    model_digest: str
    goal: Goal
    threshold: float | None = None
    interval: dict[str, float] | None = None
    recipe: Recipe
    request: Rules
    zones: dict[str, str | None]
    card: str = ""

    @property
    def title(self) -> str:
        """What people call it."""
        return f"{self.name!r} version {self.version}"


class Manifest(Contents):
    """A bundle, as it is kept.

    Attributes
    ----------
    libraries
        Version of each library that the model's predictions depend on, by the name it is imported by.
    compilation
        What of the model is compiled, its digest, and how that was proved.
    golden, predictions
        Raw rows, and what the model must say of them.
    """

    format: Literal[2] = 2
    libraries: dict[str, str]
    compilation: Compilation
    golden: list[dict[str, Any]]
    predictions: list[Any]

    @property
    def digest(self) -> str:
        """Name of the bundle: equal exactly where all of it is."""
        return digest.of_json(self.model_dump(mode="json"))


def write(contents: Contents, examples: "pd.DataFrame") -> Manifest:
    """Make the bundle of a version from its model in the store and some raw rows; writing it again changes nothing.

    Parameters
    ----------
    examples
        Rows as the recipe's learning saw them, at least one: the golden rows. They must keep the rules of a request.

    Raises
    ------
    ModelError
        If there is no example, or one breaks the rules.
    StoreError, ScrapError
        If the model is not in the store, or cannot be loaded.
    """
    from pipeline.data import features
    from pipeline.learning import learners

    form = rows.Form(contents.request, contents.zones)
    golden = rows.plain(features.inputs(examples, contents.recipe), contents.request)
    values, faults = form.read(golden)
    if faults or not golden:
        wrong = f"its column {faults[0].column!r} must be {faults[0].must}" if faults else "there is none"
        raise ModelError(f"no bundle of {contents.title} is made: a golden row is no valid request: {wrong}.")
    archive = project_store().get(contents.model_digest)
    model = codecs.decode("model", archive)
    made = features.apply(form.frame(values), contents.recipe)
    compilation = _compile(model, contents, golden)
    named = {module.partition(".")[0] for module in estimators.modules(archive)} | _ALWAYS
    manifest = Manifest(
        **{**dict(contents), "card": f"{contents.card}\n\n{compilation.told}".lstrip()},
        libraries=loaded(named),
        compilation=compilation,
        golden=golden,
        predictions=learners.predict(model, made, contents.goal).tolist(),
    )
    write_atomic(path(contents.name, contents.version), dump(manifest))
    return manifest


def _compile(model: Any, contents: Contents, golden: list[dict[str, Any]]) -> Compilation:  # noqa: ANN401 - any fitted estimator
    """Compile the model, and keep what came out of it."""
    data, compilation = compiled.write(model, contents, golden)
    return compilation.model_copy(update={"digest": project_store().put(data)}) if data else compilation


def dump(manifest: Manifest) -> bytes:
    """Write a bundle so that `parse` reads it."""
    return json.dumps({"digest": manifest.digest, "manifest": manifest.model_dump(mode="json")}).encode()


def read(name: str, version: int) -> Manifest:
    """Read the bundle of a version.

    Raises
    ------
    ModelError
        If there is none, it was changed, or a newer release wrote it.
    """
    file = path(name, version)
    try:
        data = file.read_bytes()
    except FileNotFoundError as error:
        raise ModelError(
            f"{name!r} version {version} has no bundle at {file}, so it cannot answer requests. Run the stage that "
            "registers it again: the bundle is written there."
        ) from error
    manifest = parse(data, str(file))
    if (manifest.name, manifest.version) != (name, version):
        raise ModelError(f"{file} is the bundle of {manifest.title}. Bring its own back from a copy.")
    return manifest


def parse(data: bytes, where: str) -> Manifest:
    """Read what `dump` wrote.

    Parameters
    ----------
    where
        Where it lay, for an error.

    Raises
    ------
    ModelError
        If it was changed, or a newer release wrote it.
    """
    try:
        kept = json.loads(data)
        manifest = Manifest.model_validate(kept["manifest"])
        unchanged = manifest.digest == kept["digest"]
    except (ValueError, KeyError, TypeError, ValidationError) as error:
        raise ModelError(
            f"{where} does not read as a bundle: {error}. Write it again, or upgrade stagebook."
        ) from error
    if not unchanged:
        raise ModelError(f"{where} was changed after it was written. Bring it back from a copy, or write it again.")
    return manifest


def path(name: str, version: int) -> Path:
    """Return where the manifest of a version stands."""
    return project.state() / FOLDER / name / f"{version}.json"


def loaded(names: set[str]) -> dict[str, str]:
    """Return the version of each library that is loaded and says its version."""
    found = {name: getattr(sys.modules.get(name), "__version__", None) for name in sorted(names)}
    return {name: version for name, version in found.items() if isinstance(version, str)}


def zones(frame: "pd.DataFrame") -> dict[str, str | None]:
    """Return the time zone of each column of dates, None where they have none."""
    dated: dict[str, Any] = {str(name): kind for name, kind in frame.dtypes.items() if kind.kind == "M"}
    return {name: None if getattr(kind, "tz", None) is None else str(kind.tz) for name, kind in dated.items()}
