"""The commands of this project. Each one prepares the environment itself, as uv.lock says.

nox -s pipeline                                run the stages that have to run; read reports/index.md afterwards
nox -s pipeline -- train -p trials 40          only that stage and those that it needs, with a parameter
nox -s monitor                                 watch the champion once, on what it has answered; exit code 4: act
nox -s lab                                     edit the notebooks in JupyterLab
nox -s review                                  read, compare and judge reports in a browser
nox -s summary                                 say what changed since the run before, or --against main
nox -s retrain                                 train anew where the watch says so, or -- --because "..."
nox -s upgrade                                 take up the newest versions of all packages in uv.lock
"""

import os
from pathlib import Path

import nox

nox.needs_version = ">=2026.10.20"
nox.options.sessions = ["pipeline"]

ENVIRONMENT = Path(".nox", "env").resolve()
PROGRAMS = ENVIRONMENT / ("Scripts" if os.name == "nt" else "bin")
GRACE_S = 30.0  # a stopped run writes its reports; nox by itself would kill it after half a second


@nox.session(venv_backend="uv", reuse_venv=True, default=False)
def env(session: nox.Session) -> None:
    """Make the environment as uv.lock says, which is written where it is missing: commit it."""
    place = {"UV_PROJECT_ENVIRONMENT": str(ENVIRONMENT)}
    session.run_install("uv", "sync", "--quiet", "--compile-bytecode", env=place)


@nox.session(venv_backend="none", requires=["env"])
def pipeline(session: nox.Session) -> None:
    """Run the stages that have to run; arguments go to `pipeline run`."""
    _pipeline(session, "run", *session.posargs)


@nox.session(venv_backend="none", requires=["env"])
def monitor(session: nox.Session) -> None:
    """Watch the champion once, on what its service has answered."""
    _pipeline(session, session.name, *session.posargs)


@nox.session(venv_backend="none", requires=["env"])
def lab(session: nox.Session) -> None:
    """Open JupyterLab on this project; arguments go to it."""
    _pipeline(session, "lab", *session.posargs)


@nox.session(venv_backend="none", requires=["env"])
def review(session: nox.Session) -> None:
    """Read, compare and judge reports in a browser; arguments go to `pipeline review`."""
    _pipeline(session, "review", *session.posargs)


@nox.session(venv_backend="none", requires=["env"])
def summary(session: nox.Session) -> None:
    """Say what changed from another run; arguments go to `pipeline summary`."""
    _pipeline(session, "summary", *session.posargs)


@nox.session(venv_backend="none", requires=["env"])
def retrain(session: nox.Session) -> None:
    """Watch, decide whether the model is trained anew, and do so; arguments go to `pipeline retrain`."""
    _pipeline(session, "retrain", *session.posargs)


@nox.session(venv_backend="none")
def upgrade(session: nox.Session) -> None:
    """Resolve all packages anew, each in its newest version, into uv.lock."""
    session.run("uv", "lock", "--upgrade", external=True)


def _pipeline(session: nox.Session, *arguments: str) -> None:
    session.run(
        str(PROGRAMS / "python"),
        *("-m", "pipeline", *arguments),
        env={"VIRTUAL_ENV": str(ENVIRONMENT), "PATH": os.pathsep.join([str(PROGRAMS), os.environ.get("PATH", "")])},
        external=True,
        interrupt_timeout=GRACE_S,
        terminate_timeout=GRACE_S,
    )
