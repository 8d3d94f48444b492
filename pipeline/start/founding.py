"""Owns the files of a new project, and that they are there all or not at all."""

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pipeline import toml
from pipeline.data import addresses, reaching
from pipeline.errors import UsageError
from pipeline.start import naming, origin
from pipeline.start.looks import Looks

_HERE = Path(__file__).parent
_TEMPLATE = _HERE / "template"
_NOTEBOOKS = (_HERE / "notebooks", _HERE.parents[1] / "notebooks")  # in what is installed, and in a clone
_EMPTY: dict[str, object] = {"drop": [], "reading": {}}
_START = (
    "python3 -m venv --without-pip .venv && python3 -m pip --python .venv install --quiet "
    f"'nox[uv]=={origin.NOX}' && .venv/bin/nox -s pipeline"
)
_REPORTS = (
    "`nox -s pipeline` writes here: `index.md` lists all runs, `latest/` has the newest good report of each stage.\n"
)


@dataclass(frozen=True, kw_only=True)
class Founding:
    """A project that is about to be.

    Attributes
    ----------
    folder
        Where: absolute, and not there yet or empty.
    looks
        What was found out about its table; the source is named as from the folder.
    """

    folder: Path
    looks: Looks

    def write(self) -> list[str]:
        """Write every file; what fails leaves nothing behind.

        Returns
        -------
        list[str]
            What stands in the folder now.

        Raises
        ------
        UsageError
            If the folder cannot be written.
        """
        try:
            with tempfile.TemporaryDirectory(dir=self.folder.parent, prefix=".new-project-") as scratch:
                staged = Path(scratch) / "project"
                for name, content in self.files().items():
                    path = staged / name
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_bytes(content)
                names = sorted(path.name for path in staged.iterdir())
                self._move(staged)
        except OSError as error:
            raise UsageError(
                f"cannot write a project to {str(self.folder)!r}: {error}. Name another folder."
            ) from error
        return names

    def _move(self, staged: Path) -> None:
        """Put the finished folder in its place: an empty one that is there keeps its own identity and rights."""
        if not self.folder.exists():
            staged.rename(self.folder)
            return
        for path in staged.iterdir():
            shutil.move(path, self.folder)

    def files(self) -> dict[str, bytes]:
        """Return the content of every file, by path in the project."""
        words = {"NAME": self.name, "VERSION": origin.version(), "START": _START, "NOTES": "\n\n".join(self._notes())}
        found = {name: _filled(text, words).encode() for name, text in _template()}
        found |= {f"notebooks/{path.name}": path.read_bytes() for path in notebooks()}
        return found | {
            "pyproject.toml": self.pyproject().encode(),
            "reports/README.md": f"# Reports\n\n{_REPORTS}".encode(),
        }

    @property
    def name(self) -> str:
        """What the project is called where packages are; never as the package that it needs."""
        found = naming.slug(self.folder.name) or "project"
        return f"{found}-project" if found == origin.PACKAGE else found

    def pyproject(self) -> str:
        """Write the settings, with what speaks for each beside it."""
        source = origin.source()
        said = [
            "[project]",
            *toml.lines(
                {
                    "name": self.name,
                    "version": "0.1.0",
                    "requires-python": ">=3.11",
                    "dependencies": [f"{origin.PACKAGE}[{','.join(self._extras())}]=={origin.version()}"],
                }
            ),
            "",
            "[tool.uv]",
            "package = false",
            "",
        ]
        if source:
            said += [
                "[tool.uv.sources] # where this installation came from",
                f"{origin.PACKAGE} = {toml.value(source)}",
                "",
            ]
        said += ["[tool.pipeline.data] # found out by `pipeline new`; change what is wrong", *self._data(), ""]
        said += ["[tool.pipeline.models]", *toml.lines({"name": naming.own(str(self.looks.data["target"]))}), ""]
        return "\n".join(said)

    def _extras(self) -> list[str]:
        """Name what the project needs of the package: for its source too."""
        found = reaching.extra_of(addresses.resolve(str(self.looks.data["source"])))
        return sorted({"lab", "review", *filter(None, [found])})

    def _data(self) -> Iterator[str]:
        """Write each setting with its reason; one that has no value stands there as a comment, to be filled in."""
        for each in self.looks.found:
            if each.value is None:
                yield toml.comment(f"{each.key} = {toml.value(_EMPTY.get(each.key, ''))}  # {each.why}")
            else:
                yield f"{toml.lines({each.key: each.value})[0]}  {toml.comment(each.why)}"

    def _notes(self) -> Iterator[str]:
        yield (
            "The table stays where it is (`source` in `pyproject.toml`). Where that is no URL, CI and other machines "
            "need it in the same place."
        )
        if "path" in origin.source():
            yield (
                f"{origin.PACKAGE} was installed from this machine: `[tool.uv.sources]` in `pyproject.toml` says from "
                "where, and other machines need it there too, or another source."
            )


def vacant(folder: Path) -> None:
    """Check that a project can be made in a folder.

    Raises
    ------
    UsageError
        If something is there already, or nothing could be.
    """
    what = repr(str(folder))
    if folder.is_dir():
        if there := next(folder.iterdir(), None):
            raise UsageError(f"{what} is not empty ({there.name!r} is in it). Name a new or an empty folder.")
    elif folder.exists() or folder.is_symlink():
        raise UsageError(f"{what} is a file. Name a new or an empty folder.")
    elif not folder.parent.is_dir():
        raise UsageError(f"{what} cannot be made: there is no folder {str(folder.parent)!r}. Make that one first.")


def notebooks() -> list[Path]:
    """Return the notebooks that come with the package."""
    folder = next(path for path in _NOTEBOOKS if path.is_dir())
    return sorted(folder.glob("*.ipynb"))


def _template() -> Iterator[tuple[str, str]]:
    for path in sorted(_TEMPLATE.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            yield path.relative_to(_TEMPLATE).as_posix(), path.read_text(encoding="utf-8")


def _filled(text: str, words: Mapping[str, str]) -> str:
    for name, word in words.items():
        text = text.replace(f"@{name}@", word)
    return text
