"""Stagebook's commands. Each one prepares the environment itself; `nox --usage NAME` says more of one.

nox -s pipeline                                run the stages that have to run; read reports/index.md afterwards
nox -s pipeline -- train -p trials 40          only that stage and those that it needs, with a parameter
nox -s tests                                   every test; arguments after `--` go to pytest
nox -s tests_torch                             the tests that need PyTorch and Keras, in an environment that has them
nox -s lint                                    style, types, architecture, notebooks, CI files
nox -s lab                                     edit the notebooks in JupyterLab
nox -s review                                  read, compare and judge reports in a browser
nox -s summary                                 say what changed since the run before, or --against main
nox -s site -- DIR                             write the same pages as files
nox -s serve                                   answer requests with the champion, over HTTP
nox -s deploy                                  let it answer where settings say: a process, a container, a cluster
nox -s monitor                                 watch the champion once, on what it has answered
nox -s retrain                                 train anew where the watch says so, or -- --because "..."
nox -s year                                    replay a year, with a model that is kept in three ways (minutes)
nox -s lock                                    resolve the dependencies anew into requirements.lock
nox -s bench                                   compare with a plain script, papermill, ploomber and DVC (minutes)
"""

import argparse
import hashlib
import json
import os
import platform
import sys
import tomllib
from difflib import get_close_matches
from pathlib import Path
from typing import NoReturn

import nox
import nox.registry
from nox.command import CommandFailed

nox.needs_version = ">=2026.10.20"
nox.options.sessions = ["pipeline"]

ROOT = Path(__file__).resolve().parent
ENVIRONMENT = ROOT / ".nox" / "env"
PROGRAMS = ENVIRONMENT / ("Scripts" if os.name == "nt" else "bin")
LOCK = ROOT / "requirements.lock"
STAMP = ENVIRONMENT / "stagebook-stamp.json"
# All but torch and keras, whose libraries are gigabytes.
EXTRAS = ("lab", "review", "excel", "sql", "cloud", "serve", "alert", "flask", "django", "aws", "gcp", "azure")
TORCH = ("torch==2.13.0", "skorch==1.4.0", "keras==3.15.1")  # of the extras `torch` and `keras`, outside the lock
GRACE_S = 30.0  # a stopped run writes its reports; nox by itself would kill it after half a second


def _stamp() -> dict[str, str]:
    """Say what the environment is made of: where and for which Python, and a digest of what is installed."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    built_from = [project.get("build-system"), project.get("project"), project["tool"].get("hatch")]
    content = LOCK.read_bytes() + json.dumps(built_from, sort_keys=True).encode()
    return {
        "made for": f"{platform.python_implementation()} {platform.python_version()} in {ROOT}",
        "installed": hashlib.sha256(content).hexdigest(),
    }


def _stamped() -> dict[str, str]:
    """Read what the environment was made of; empty where there is none, or where its making was interrupted."""
    try:
        stamped: dict[str, str] = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamped


@nox.session(
    venv_backend="uv", reuse_venv=_stamped().get("made for") == _stamp()["made for"], requires=[], default=False
)
def env(session: nox.Session) -> None:
    """Make the one environment that all sessions share, exactly as requirements.lock says.

    It costs nothing where nothing changed. Another Python, or this folder in another place, makes it anew.
    """
    if _stamped() == _stamp():
        return
    STAMP.unlink(missing_ok=True)
    install = ("uv", "pip", "sync", "--quiet", "--compile-bytecode", "--require-hashes", str(LOCK))
    session.run_install(*install, env={"PYTHONDONTWRITEBYTECODE": None})
    editable = ("uv", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--editable", ".")
    session.run_install(*editable, env={"PYTHONDONTWRITEBYTECODE": None})
    STAMP.write_text(json.dumps(_stamp(), indent=2), encoding="utf-8")


@nox.session(venv_backend="none", requires=["env"])
def pipeline(session: nox.Session) -> None:
    """Run the stages that have to run, and keep every executed notebook under reports/.

    Arguments go to `python -m pipeline run`:

      nox -s pipeline -- train                     only that stage and those that it needs
      nox -s pipeline -- train -p trials 40        with a parameter

    Exit code: 0 done, 1 a stage failed, 2 wrong settings or parameters, 3 a gate refused, 130 interrupted.
    """
    _end_with(session, "-m", "pipeline", "run", *session.posargs)


@nox.session(venv_backend="none", requires=["env"])
def tests(session: nox.Session) -> None:
    """Run every test, or those that the arguments choose.

    Arguments go to pytest:

      nox -s tests -- -m "not kernel and not scenario and not slow"     only the fast ones
      nox -s tests -- tests/store -k digest        one room, one word
      nox -s tests -- -n 0 --pdb                   in one process, to look around where one fails
    """
    _end_with(session, "-m", "pytest", "-n", "auto", "--dist", "loadfile", *session.posargs)


@nox.session(venv_backend="venv", reuse_venv=True, requires=["env"])
def tests_torch(session: nox.Session) -> None:
    """Run the tests that need PyTorch and Keras, in an environment of their own on top of the shared one.

    With drivers of graphics cards they are gigabytes, so only who needs them has them. Arguments go to pytest.
    """
    ask = ("python", "-c", "import site; print(site.getsitepackages()[0])")
    own = Path(session.run(*ask, silent=True).strip())
    shared = Path(session.run(str(PROGRAMS / ask[0]), *ask[1:], silent=True, external=True).strip())
    (own / "shared.pth").write_text(f"{shared}\n{ROOT}\n", encoding="utf-8")
    try:
        session.install(*TORCH, env={"PYTHONDONTWRITEBYTECODE": None})
    except CommandFailed:
        session.skip(f"{', '.join(TORCH)} cannot be installed here")
    asked = session.posargs or ["-v"]
    variables = {"PYTHONDONTWRITEBYTECODE": None}
    session.run("python", "-m", "pytest", "-n", "0", "tests/learning/test_networks.py", *asked, env=variables)


@nox.session(venv_backend="none", requires=["env"])
def lint(session: nox.Session) -> None:
    """Check style, types, architecture, notebooks and CI files; nothing is changed.

    To mend what can be mended by itself: `.nox/env/bin/ruff check --fix` and `.nox/env/bin/ruff format`.
    """
    failed = [check[0] for check in _checks() if not _passes(session, *check)]
    if failed:
        session.error(f"{len(failed)} of {len(_checks())} checks failed: {', '.join(failed)}")


COMMANDS = {
    "lab": """Open JupyterLab with the project root as every kernel's working folder.

    Any stage runs by hand there on the outputs of the latest run. Arguments go to JupyterLab.""",
    "review": "Read, compare and judge reports in a browser, on this machine alone.",
    "summary": """Say what changed from one run to another, for whoever reviews a change.

      nox -s summary                               the newest run, and the one before it
      nox -s summary -- --against main             what it was before this branch
      nox -s summary -- --html summary.html        in one file, with figures side by side""",
    "site": """Write the reports as pages that open from disk or from any host of static files.

      nox -s site -- public                        the newest 50 runs, and a list of all
      nox -s site -- public --last 500""",
    "serve": "Answer requests with the champion, over HTTP.",
    "retrain": "Train anew on the latest data where the watch says so, or in any case: -- --because TEXT.",
    "deploy": "Build the champion for its target, prove it there, and let it answer.",
    "monitor": "Watch the champion once, on what its service has answered. Exit code 4: something critical stands.",
}


def _add(name: str, about: str) -> None:
    """Make a command a session; the session's arguments are the command's."""

    def command(session: nox.Session) -> None:
        _end_with(session, "-m", "pipeline", name, *session.posargs)

    command.__doc__ = f"{about}\n\n    Arguments go to `python -m pipeline {name}`."
    nox.session(name=name, venv_backend="none", requires=["env"])(command)


for _name, _about in COMMANDS.items():
    _add(_name, _about)


@nox.session(venv_backend="none", requires=["env"])
def year(session: nox.Session) -> None:
    """Replay a year through the real service, its model kept in three ways (minutes); `-- --help` says more."""
    _end_with(session, "tests/year", *session.posargs)


@nox.session(venv_backend="none")
def lock(session: nox.Session) -> None:
    """Resolve the dependencies of pyproject.toml anew into requirements.lock, for every platform, with hashes.

    Arguments go to `uv pip compile`:

      nox -s lock                                  take up what pyproject.toml says, keep the other versions
      nox -s lock -- --upgrade                     the newest versions of everything
      nox -s lock -- --upgrade-package pandas
    """
    form = ("--universal", "--python-version", "3.11", "--generate-hashes", "--no-header", "--no-annotate")
    extras = [f"--extra={name}" for name in EXTRAS]
    wanted = (*extras, "--group", "dev", "pyproject.toml", "--output-file", LOCK.name)
    session.run(sys.executable, "-m", "uv", "pip", "compile", "--quiet", *form, *wanted, *session.posargs)


@nox.session(venv_backend="none", requires=["env"])
def bench(session: nox.Session) -> None:
    """Measure the same six stages run by this project, its peers and one plain script, and write the README's table.

    Each peer gets an environment of its own, `.nox/bench-NAME`. It takes about two minutes a round, on a machine that
    does nothing else; Linux only. Arguments:

      nox -s bench                                 five rounds of all
      nox -s bench -- --rounds 3 --only ours,plain     some of them; the README stays as it is
      nox -s bench -- data                         what reading a table costs; `serve`: how fast models answer
      nox -s bench -- gates                        how often gates are wrong; `trials`, `drift`: how often these are
    """
    _end_with(session, "tests/bench", *session.posargs)


def _checks() -> list[tuple[str, ...]]:
    schema = ("check-jsonschema", "--quiet", "--builtin-schema")
    return [
        ("ruff", "check", "--quiet", "."),
        ("ruff", "format", "--quiet", "--check", "."),
        ("mypy", "--no-error-summary"),
        ("lint-imports", "--no-logo"),
        (*schema, "vendor.github-workflows", *map(str, ROOT.glob(".github/workflows/*.yml"))),
        (*schema, "vendor.circle-ci", ".circleci/config.yml"),
        (*schema, "vendor.travis", ".travis.yml"),
        ("python", "tests/house"),
    ]


def _passes(session: nox.Session, *check: str) -> bool:
    try:
        _run(session, *check)
    except CommandFailed:
        return False
    return True


def _variables() -> dict[str, str | None]:
    """Name what the environment's programs need to know; imports are slow where .pyc files may not be kept."""
    path = os.pathsep.join([str(PROGRAMS), os.environ.get("PATH", os.defpath)])
    return {"PATH": path, "VIRTUAL_ENV": str(ENVIRONMENT), "PYTHONDONTWRITEBYTECODE": None, "PYTHONHOME": None}


def _run(session: nox.Session, program: str, *arguments: str) -> None:
    session.run(
        str(PROGRAMS / program),
        *arguments,
        env=_variables(),
        external=True,
        interrupt_timeout=GRACE_S,
        terminate_timeout=GRACE_S,
    )


def _end_with(session: nox.Session, *arguments: str) -> None:
    """Run Python as the last thing of a session; where nothing comes after it, let it take nox's place.

    Nox would turn every exit code into 1, and where nox itself is told to stop, would leave the command running.
    """
    if _is_last(session):
        _become(session, *arguments)
    _run(session, "python", *arguments)


def _is_last(session: nox.Session) -> bool:
    """Ask whether no session follows, none before failed, and nobody waits for what nox has to say of this one."""
    runner = session._runner  # noqa: SLF001 - nox has no public way to ask; tests/house/test_noxfile.py watches it
    config = runner.global_config
    sessions = runner.manifest.list_all_sessions()
    unsettled = any(waits or (other.result is not None and not other.result) for other, waits in sessions)
    return os.name == "posix" and not (unsettled or session.parallel or config.report or config.install_only)


def _become(session: nox.Session, *arguments: str) -> NoReturn:
    session.log(f"python {' '.join(arguments)}")
    variables = {**os.environ, **session.env, **_variables()}
    kept = {name: value for name, value in variables.items() if value is not None}
    os.execve(PROGRAMS / "python", ["python", *arguments], kept)  # noqa: S606 - no shell is wanted


def _check_names(arguments: list[str]) -> None:
    """Say which session may be meant by a name that none has: nox says only that there is none, with exit code 3."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("-s", "-e", "--session", "--sessions", dest="asked", nargs="*", default=[])
    own = arguments[: arguments.index("--")] if "--" in arguments else arguments
    known = list(nox.registry.get())
    for name in parser.parse_known_args(own)[0].asked:
        if name not in known:
            near = " or ".join(get_close_matches(name, known))
            hint = f"did you mean {near}?" if near else f"there are {', '.join(known)}."
            sys.stderr.write(f"there is no session {name!r}: {hint} `nox -l` says what each one does.\n")
            sys.exit(2)


_check_names(sys.argv[1:])
