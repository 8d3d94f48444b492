"""Records: what was last released to each target of a project, as it was then. Nobody is asked how it is now."""

from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from pipeline.deploy.target import Deployment
from pipeline.errors import DeployError
from pipeline.store.objects import write_atomic

FOLDER = "deployments"
_FILE = "released.json"
_KIND = TypeAdapter(Deployment)


def write(folder: Path, deployment: Deployment) -> None:
    """Keep what was released, or withdrawn, in the folder of its target."""
    write_atomic(folder / _FILE, _KIND.dump_json(deployment))


def read(folder: Path) -> Deployment | None:
    """Read what was last released to a target; None where nothing was.

    Raises
    ------
    DeployError
        If it does not read.
    """
    path = folder / _FILE
    try:
        return _KIND.validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except ValidationError as error:
        raise DeployError(f"{path} does not read as a deployment. Remove it and deploy again.") from error


def of(state: Path, model: str, version: object) -> list[Deployment]:
    """Return where a version was last released to, by target.

    Parameters
    ----------
    state
        The project's.

    Raises
    ------
    DeployError
        As in `read`.
    """
    found = [read(path.parent) for path in sorted((state / FOLDER / model).glob(f"*/{_FILE}"))]
    return [each for each in found if each is not None and each.version == version]
