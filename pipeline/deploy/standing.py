"""Standing: what a supervised process was asked to be, and what it is; two files in the folder of its target."""

import time
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipeline.deploy.target import Deployment, State
from pipeline.errors import BusyError, DeployError
from pipeline.store.objects import write_atomic
from pipeline.turns import turn

Kept = TypeVar("Kept", bound=BaseModel)
_ALIVE = "supervisor.lock"


class Wanted(BaseModel):
    """What shall answer.

    Attributes
    ----------
    release
        Number that only this release has.
    root, place
        The project, whose settings hold; folder of the packed version.
    host, port
        Where; port 0: any that is free, and the same one from then on.
    patience_s
        How long a process may take to come up, in seconds.
    golden, predictions
        Rows that it must answer before anybody else may ask, and what it must say.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    release: int = Field(default_factory=time.time_ns)
    model: str
    version: int
    bundle: str
    root: str
    place: str
    host: str
    port: int
    patience_s: float
    golden: list[dict[str, Any]]
    predictions: list[Any]


class Standing(BaseModel):
    """What there is.

    Attributes
    ----------
    supervisor, pid
        Processes: who looks after it, and what answers; 0 where none does.
    release
        The one that answers; 0: none does.
    tried, failure
        The last release that was tried, and why it did not come up, or why the process that answered ended.
    restarts
        How often it was started again since its release.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    supervisor: int
    pid: int = 0
    release: int = 0
    tried: int = 0
    failure: str = ""
    restarts: int = 0
    model: str = ""
    version: int = 0
    bundle: str = ""
    url: str = ""
    state: State = State.STARTING
    since: datetime = Field(default_factory=lambda: datetime.now(UTC))

    def deployment(self, target: str) -> Deployment:
        """Tell it as every target does."""
        told = {"pid": str(self.pid), "supervisor": str(self.supervisor), "restarts": str(self.restarts)}
        return Deployment(
            target=target,
            model=self.model,
            version=self.version,
            bundle=self.bundle,
            state=self.state,
            url=self.url,
            since=self.since,
            told=told | ({"failure": self.failure} if self.failure else {}),
        )


def write(folder: Path, kept: BaseModel) -> None:
    """Keep a record in the file of its kind."""
    write_atomic(_file(folder, type(kept)), kept.model_dump_json().encode(), mode=0o600)


def read(folder: Path, kind: type[Kept]) -> Kept | None:
    """Read a record; None where there never was one.

    Raises
    ------
    DeployError
        If it does not read.
    """
    path = _file(folder, kind)
    try:
        return kind.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except ValidationError as error:
        raise DeployError(f"{path} does not read: {error}. Remove it and deploy again.") from error


def is_alive(folder: Path) -> bool:
    """Say whether a supervisor holds its lock: it ends with the process, however that ends."""
    try:
        with turn(folder / _ALIVE, 0):
            return False
    except BusyError:
        return True


def alive(folder: Path) -> AbstractContextManager[None]:
    """Be seen while the block runs; one process at a time."""
    return turn(folder / _ALIVE, 5.0)


def _file(folder: Path, kind: type[BaseModel]) -> Path:
    return folder / f"{kind.__name__.lower()}.json"
