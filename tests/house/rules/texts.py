"""Rules for every text file: no traces of one machine or one package registry."""

import re
from collections.abc import Iterator

from rules.tree import Finding, Tree

REGISTRIES = re.compile(
    r"\b(?:[\w-]+\.)*(?:pypi\.org|pythonhosted\.org|npmjs\.org|anaconda\.org)\b|--(?:extra-)?(?:index-url|find-links)"
    r"|\b(?:PIP|UV)_(?:EXTRA_)?(?:DEFAULT_)?INDEX(?:_URL)?\b"
)
MACHINES = re.compile(r"(?<![\w.~])/(?:work|root|Users|home)/[\w./]+")
BINARY = (".png", ".gz", ".parquet", ".ico", ".woff2")


def _matches(tree: Tree, pattern: re.Pattern[str]) -> Iterator[Finding]:
    for path in tree.files:
        if not path.endswith(BINARY):
            for number, line in tree.lines(path):
                for match in pattern.finditer(line):
                    yield Finding(path=path, line=number, detail=match.group())


class NoRegistries:
    """No file names a package registry: which one is used is the machine's setting."""

    def findings(self, tree: Tree) -> Iterator[Finding]:
        yield from _matches(tree, REGISTRIES)


class NoMachines:
    """No file names a folder of somebody's machine."""

    def findings(self, tree: Tree) -> Iterator[Finding]:
        yield from _matches(tree, MACHINES)
