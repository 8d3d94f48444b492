"""Rules for what builds, tests and documents the project: they name only what exists, and agree."""

import ast
import os
import re
import shutil
from collections.abc import Iterator
from typing import Any

from packaging.requirements import Requirement
from ruamel.yaml import YAML

from rules.tree import Finding, Tree

DESCRIPTIONS = (".ci/*", ".github/workflows/*.yml", ".circleci/config.yml", ".travis.yml", "README.md", "noxfile.py")
WORKFLOWS = ".github/workflows/*.yml"
JENKINSFILE = ".ci/Jenkinsfile"
README_SESSIONS = ("pipeline", "tests")
_UNLOCKED = {"torch", "keras"}  # extras whose libraries are gigabytes: whoever wants them installs them beside the lock


class SessionsExist:
    """Every session that a CI file, the README or the noxfile's help names is in the noxfile."""

    named = re.compile(r"(?:\bnox -s +|(?<![\w./])\.ci/run +|\bSESSION=|\bsession: \[)([a-z]+(?:, [a-z]+)*)\b")

    def findings(self, tree: Tree) -> Iterator[Finding]:
        sessions = set(_sessions(tree))
        for path in dict.fromkeys(path for pattern in DESCRIPTIONS for path in tree.matching(pattern)):
            for number, line in tree.lines(path):
                for name in ", ".join(self.named.findall(line)).split(", "):
                    if name and name not in sessions:
                        yield Finding(path=path, line=number, detail=name)


def _sessions(tree: Tree) -> Iterator[str]:
    for node in tree.syntax("noxfile.py").body if "noxfile.py" in tree.files else ():
        if isinstance(node, ast.FunctionDef) and any("nox.session" in ast.unparse(d) for d in node.decorator_list):
            yield node.name
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "COMMANDS":
            yield from ast.literal_eval(node.value)


class JenkinsCommandsExist:
    """Every command that the Jenkinsfile runs is a program of the project, or one that every machine has."""

    command = re.compile(r"\bsh\s*\(?\s*(?:script:\s*)?(['\"])(.+?)\1")

    def findings(self, tree: Tree) -> Iterator[Finding]:
        for path in tree.matching(JENKINSFILE):
            for number, line in tree.lines(path):
                for _, command in self.command.findall(line):
                    program = command.split()[0]
                    if not self._exists(tree, program):
                        yield Finding(path=path, line=number, detail=program)

    def _exists(self, tree: Tree, program: str) -> bool:
        if program in tree.files:
            return os.access(tree.root / program, os.X_OK)
        return "/" not in program and shutil.which(program) is not None


class ActionsArePinned:
    """A workflow names each action by its commit, with the version beside it: a tag can be moved."""

    pinned = re.compile(r"uses:\s*[\w./-]+@[0-9a-f]{40} +# v\d[\d.]*$")

    def findings(self, tree: Tree) -> Iterator[Finding]:
        for path in tree.matching(WORKFLOWS):
            for number, line in tree.lines(path):
                if re.search(r"\buses:", line) and not self.pinned.search(line):
                    yield Finding(path=path, line=number, detail=line.strip())


class WorkflowsAreModest:
    """A workflow may only read the repository, and each of its jobs ends after a stated time."""

    def findings(self, tree: Tree) -> Iterator[Finding]:
        for path in tree.matching(WORKFLOWS):
            workflow: dict[str, Any] = YAML(typ="safe", pure=True).load(tree.text(path))
            if workflow.get("permissions") != {"contents": "read"}:
                yield Finding(path=path, detail=f"permissions {workflow.get('permissions')}")
            for name, job in workflow.get("jobs", {}).items():
                if "timeout-minutes" not in job:
                    yield Finding(path=path, detail=f"job {name} has no timeout-minutes")


class ReadmeLinesStandAlone:
    """The README has one line for `pipeline` and one for `tests` that set up all they need, with the locked nox."""

    def findings(self, tree: Tree) -> Iterator[Finding]:
        for path in tree.matching("README.md"):
            nox = re.search(r"^nox==(\S+)", tree.text("requirements.lock"), re.MULTILINE)
            form = re.compile(
                r"python3 -m venv \S+(?: \S+)* && python3 -m pip .*'nox\[uv\]=="
                + re.escape(nox[1] if nox else "?")
                + r"' && \S+/nox -s \w+"
            )
            for session in README_SESSIONS:
                lines = [line for _, line in tree.lines(path) if re.search(rf"&& \S*nox -s {session}$", line)]
                if len(lines) != 1 or not form.fullmatch(lines[0]):
                    yield Finding(path=path, detail=f"{session}: {lines or 'none'}")


class LockHoldsWhatIsDeclared:
    """requirements.lock pins every dependency that pyproject.toml declares, in a version that it allows."""

    def findings(self, tree: Tree) -> Iterator[Finding]:
        for path in tree.matching("requirements.lock"):
            pins = dict(re.findall(r"^([a-z0-9._-]+)==([^\s;]+)", tree.text(path), re.MULTILINE))
            for requirement in map(Requirement, self._declared(tree)):
                pin = pins.get(re.sub(r"[-_.]+", "-", requirement.name).lower())
                if pin is None or not requirement.specifier.contains(pin, prereleases=True):
                    yield Finding(path=path, detail=f"{requirement} is {pin or 'missing'}: run `nox -s lock`")

    def _declared(self, tree: Tree) -> Iterator[str]:
        project = tree.pyproject.get("project", {})
        yield from project.get("dependencies", ())
        for name, extra in project.get("optional-dependencies", {}).items():
            yield from extra if name not in _UNLOCKED else ()
        for group in tree.pyproject.get("dependency-groups", {}).values():
            yield from (requirement for requirement in group if isinstance(requirement, str))
