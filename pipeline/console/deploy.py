"""Deployments: what was built, what answers where, and how it is."""

from typing import TYPE_CHECKING

from pipeline.console import words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.deploy.target import Build, Deployment


def built(build: "Build") -> None:
    """Print what was built, and what it proved."""
    title, place = words.harmless(f"{build.model!r} version {build.version}"), words.harmless(build.place)
    print(f"{title} is built for {build.target}: {place}")
    proof = build.proof
    print(f"from there it reproduced {proof.golden} golden rows, and refused {proof.refusals} wrong ones", flush=True)


def deployments(found: "Sequence[Deployment]") -> None:
    """Print what was released where."""
    if not found:
        print("nothing was ever released")
    for each in found:
        title = words.harmless(f"{each.model!r} version {each.version}")
        print(f"{each.target}: {title} is {each.state} since {each.since:%Y-%m-%d %H:%M:%S} UTC {each.url}".rstrip())
        rows: list[tuple[str, ...]] = [(f"  {name}", words.harmless(value)) for name, value in each.told.items()]
        for line in words.table(rows):
            print(line)
