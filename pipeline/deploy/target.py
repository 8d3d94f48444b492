"""Target: what each place that a version can be released to has to do, and what it says of itself.

A target is one file in `pipeline/deploy/targets/`: `aws_lambda.py` is the target `aws-lambda`. The file has a class
`Here` that keeps the Protocol `Target`; nothing else has to be told of it, and without the file the target is gone.
Its options are `[tool.pipeline.deploy.NAME]`. Settings read them before every command, so such a file imports what is
slow inside its functions.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from pydantic import BaseModel, ConfigDict, ValidationError

from pipeline import project
from pipeline.deploy import targets
from pipeline.errors import SettingsError, near
from pipeline.serving import terms
from pipeline.serving.terms import Terms

if TYPE_CHECKING:
    from pipeline.serving.predictor import Predictor

TABLE = "deploy"
DEFAULT = "local"

Ask = Callable[[object], tuple[int, Any]]
"""Sends the body of `POST /predict` to what was built, and returns the HTTP status and the content read from JSON."""


class Options(BaseModel):
    """Options of a target; each field has a default and a description that says what it is, with its unit and range."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


@dataclass(frozen=True, kw_only=True)
class Home:
    """The project that is released from, as far as a target has to know it.

    Attributes
    ----------
    root
        Its folder.
    folder
        The target's own, for one model: what it builds and what it remembers; in the project's state.
    model
        Registered name of the model.
    """

    root: Path
    folder: Path
    model: str

    @property
    def terms(self) -> Terms:
        """On which terms its models are served.

        Raises
        ------
        SettingsError
            If `[tool.pipeline.serve]` is wrong.
        """
        return terms.read(project.table(self.root).get("serve", {}))

    def packed(self, version: int, bundle: str) -> Path:
        """Return where a version is packed, by its number and the digest of its bundle."""
        return self.folder / "bundles" / f"{version}-{short(bundle)}"


def short(digest: str) -> str:
    """Return as much of a digest as names it among a few.

    >>> short("sha256:0123456789abcdef")
    '0123456789ab'
    """
    return digest.rpartition(":")[2][:12]


@dataclass(frozen=True, kw_only=True)
class Packed:
    """A version as `packing.pack` packed it.

    Attributes
    ----------
    place
        Folder or URL of bundle and model.
    reference
        The same, loaded: what is built has to answer as this does.
    """

    place: str
    reference: "Predictor"


@dataclass(frozen=True, kw_only=True)
class Proof:
    """That something answers as its version must; only `conformance.require` makes one.

    Attributes
    ----------
    golden
        Golden rows that it reproduced.
    refusals
        Wrong rows that it refused in the same words as the reference.
    """

    golden: int
    refusals: int


@dataclass(frozen=True, kw_only=True)
class Build:
    """What a target made of a packed version, proven from within.

    Attributes
    ----------
    target, model, version, bundle
        For which target; registered model, number of the version, digest of its bundle.
    place
        Where it is: a folder, the name of an image, a URL.
    proof
        What it answered where it was started from `place` alone.
    """

    target: str
    model: str
    version: int
    bundle: str
    place: str
    proof: Proof
    made: datetime = field(default_factory=lambda: datetime.now(UTC))

    @classmethod
    def of(cls, packed: Packed, target: str, place: str, proof: Proof) -> "Build":
        """Say of what a target has made something, and where."""
        manifest = packed.reference.manifest
        return cls(
            target=target,
            model=manifest.name,
            version=manifest.version,
            bundle=manifest.digest,
            place=place,
            proof=proof,
        )


class State(StrEnum):
    """How a deployment is."""

    WRITTEN = "written"  # it waits for somebody to put it in force
    STARTING = "starting"
    READY = "ready"
    FAILING = "failing"
    GONE = "gone"  # it was released, and is not there now
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """A version at a target.

    Attributes
    ----------
    target, model, version, bundle
        As in `Build`.
    url
        Where it is asked; empty where nobody knows.
    since
        Since when it is in this state.
    told
        What else a person wants to know, by name: `pid`, `image`, `apply with`, ...
    """

    target: str
    model: str
    version: int
    bundle: str
    state: State
    url: str = ""
    since: datetime = field(default_factory=lambda: datetime.now(UTC))
    told: Mapping[str, str] = field(default_factory=dict)


class Target(Protocol):
    """A place to release to. Whether a version may be released was decided before (`permission.require`)."""

    options: ClassVar[type[Options]]

    def __init__(self, home: Home, options: Any) -> None:  # noqa: ANN401 - of the type that `options` names
        """Nothing is done yet."""

    def build(self, packed: Packed) -> Build:
        """Make what is released, start it from there alone, and prove it with `conformance.require`.

        Raises
        ------
        ModelError
            If it does not answer as the reference.
        DeployError
            If it cannot be built.
        """

    def release(self, build: Build) -> Deployment:
        """Let it answer; no request fails meanwhile, and where it does not come up the one before goes on.

        Raises
        ------
        DeployError
            If it did not come up.
        """

    def status(self) -> Sequence[Deployment]:
        """Look at what is there now, the newest release first; empty where nothing was ever released."""

    def withdraw(self) -> Deployment:
        """Let it answer no more, after what was begun is finished.

        Raises
        ------
        DeployError
            If there is nothing to withdraw.
        """


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """`[tool.pipeline.deploy]`, checked: the target's name, and the options of each target that has some there."""

    target: str = DEFAULT
    options: Mapping[str, Options] = field(default_factory=dict)

    def make(self, home: Home, name: str = "") -> Target:
        """Make the target, or another one that is named."""
        kind = find(name or self.target, "the command line")
        return kind(home, self.options.get(name or self.target) or kind.options())


def names() -> list[str]:
    """Name every target."""
    return sorted(module.name.replace("_", "-") for module in iter_modules(targets.__path__))


def find(name: str, where: str) -> type[Target]:
    """Return the target of a name.

    Parameters
    ----------
    where
        Where the name stands, for an error.

    Raises
    ------
    SettingsError
        If there is none.
    """
    if name not in names():
        raise SettingsError(f"the target {name!r} in {where} is none: {near(name, names())}")
    kind: type[Target] = import_module(f"{targets.__name__}.{name.replace('-', '_')}").Here
    return kind


def declared(table: object) -> Chosen:
    """Read `[tool.pipeline.deploy]`.

    Raises
    ------
    SettingsError
        If a name is unknown, or a value is of a wrong type or out of its range.
    """
    if not isinstance(table, dict):
        raise SettingsError(f"deploy in [tool.pipeline] is {table!r}: write a table [tool.pipeline.deploy].")
    name, known = table.get("target", DEFAULT), ["target", *names()]
    if unknown := sorted(table.keys() - known):
        raise SettingsError(f"[tool.pipeline.deploy] has the unknown key {unknown[0]!r}: {near(unknown[0], known)}")
    if not isinstance(name, str):
        raise SettingsError(f"target in [tool.pipeline.deploy] is {name!r}: {near(str(name), names())}")
    if "target" in table:
        find(name, "[tool.pipeline.deploy]")
    return Chosen(target=name, options={key: _options(key, given) for key, given in table.items() if key != "target"})


def _options(name: str, given: object) -> Options:
    where = f"[tool.pipeline.deploy.{name}]"
    kind = find(name, where).options
    if isinstance(given, dict) and (unknown := sorted(given.keys() - kind.model_fields.keys())):
        raise SettingsError(f"{where} has the unknown key {unknown[0]!r}: {near(unknown[0], kind.model_fields)}")
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(map(str, first["loc"]))
        about = kind.model_fields[str(first["loc"][0])].description if first["loc"] else "a table"
        raise SettingsError(f"{key} ({about}) is {first['input']!r} in {where}: {first['msg']}. Mend it.") from error
