"""A trace: all that a stage read while it ran, by digest; it holds as long as the world still has the same."""

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from pipeline.handoff import EVERY_NAME, names_of
from pipeline.store import digest as digests
from pipeline.store.digest import FileDigests
from pipeline.store.literals import readable


@dataclass(frozen=True, kw_only=True)
class Trace:
    """What a stage read.

    Attributes
    ----------
    code
        Digest of each code cell, by id, in order.
    parameters
        Tagged JSON of each value.
    scraps
        Kind and digest by stage and name; `absent` for one that was looked for and not there.
    modules, files, folders
        Digest by path, from the project's root where it is inside.
    sources
        Digest by URI of what was loaded from outside.
    packages
        Version by distribution.
    python
        Version of the interpreter.
    """

    code: dict[str, str]
    parameters: dict[str, Any]
    scraps: dict[str, dict[str, str]] = field(default_factory=dict)
    modules: dict[str, str] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    folders: dict[str, str] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    packages: dict[str, str] = field(default_factory=dict)
    python: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON."""
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class World:
    """What can be looked up again without running anything.

    Attributes
    ----------
    root
        The project's folder.
    files
        Digests files.
    fingerprint
        Digests the content behind a URI, as cheaply as it can.
    """

    root: Path
    files: FileDigests
    fingerprint: Callable[[str], str]

    @cached_property
    def packages(self) -> dict[str, str]:
        """Version of each installed distribution, by normalized name, from the names of its folders alone."""
        found = (path.name for place in sys.path if place for path in Path(place).glob("*.dist-info"))
        return {normalized(name): version for name, _, version in (item[:-10].partition("-") for item in found)}

    def of_path(self, path: str) -> str:
        """Digest a file of the project, or one named absolutely."""
        return self.files(self.root / path)

    def of_folder(self, path: str) -> str:
        """Digest the names in a folder."""
        try:
            return digests.of_json(sorted(item.name for item in (self.root / path).iterdir()))
        except OSError:
            return digests.ABSENT

    def relative(self, path: str) -> str:
        """Name a file from the project's root where it is inside."""
        absolute = Path(path)
        return absolute.relative_to(self.root).as_posix() if absolute.is_relative_to(self.root) else path


Identities = Mapping[str, str]  # kind and digest by scrap


def differences(
    trace: Trace,
    code: Mapping[str, str],
    parameters: Mapping[str, Any],
    upstreams: Mapping[str, Identities],
    world: World,
) -> Iterator[str]:
    """Yield a reason for everything that is no longer as the trace has it, cheapest to look up first."""
    yield from _code_changes(trace.code, code)
    yield from _parameter_changes(trace.parameters, parameters)
    for stage, names in trace.scraps.items():
        now = {EVERY_NAME: names_of(set(upstreams.get(stage, {})) - {EVERY_NAME}), **upstreams.get(stage, {})}
        yield from (
            f"scrap {stage}[{name!r}] changed" for name in names if now.get(name, digests.ABSENT) != names[name]
        )
    if trace.python != python_version():
        yield f"Python {trace.python} -> {python_version()}"
    for package, version in trace.packages.items():
        if (now_version := world.packages.get(package, "not installed")) != version:
            yield f"package {package} {version} -> {now_version}"
    yield from _changed("module", trace.modules, world.of_path)
    yield from _changed("file", trace.files, world.of_path)
    yield from _changed("folder", trace.folders, world.of_folder)
    yield from _changed("source", trace.sources, world.fingerprint)


def python_version() -> str:
    """Return major, minor and micro version of this interpreter."""
    return ".".join(map(str, sys.version_info[:3]))


def _changed(what: str, known: Mapping[str, str], look: Callable[[str], str]) -> Iterator[str]:
    for name, digest in known.items():
        now = look(name)
        if now != digest:
            yield f"{what} {name} {_how(digest, now)}"


def _how(before: str, now: str) -> str:
    if now == digests.ABSENT:
        return "is gone"
    if now == digests.UNKNOWN:
        return "is a server, which has to be asked again"
    return "appeared" if before == digests.ABSENT else "changed"


def _code_changes(before: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    if list(before.values()) == list(now.values()):
        return
    changed = [name for name in now if name in before and now[name] != before[name]]
    yield from (f"cell {name!r} changed" for name in changed)
    yield from (f"cell {name!r} is new" for name in now if name not in before)
    yield from (f"cell {name!r} is gone" for name in before if name not in now)
    if list(before) != list(now) and before.keys() == now.keys():
        yield "cells are in another order"


def _parameter_changes(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    for name in {**before, **now}:
        if name not in now:
            yield f"parameter {name!r} is gone"
        elif name not in before:
            yield f"parameter {name!r} is new"
        elif before[name] != now[name]:
            yield f"parameter {name!r}: {readable(before[name])!r} -> {readable(now[name])!r}"


def normalized(name: str) -> str:
    """Return the name of a distribution as indexes compare it."""
    return name.lower().replace("_", "-").replace(".", "-")
