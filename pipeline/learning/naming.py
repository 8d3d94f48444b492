"""Owns what a learner may be called: the name of a file in `families`, or a dotted path. Imports nothing heavy."""

from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator

from pipeline.errors import SettingsError, near

AUTO, SIMPLE, STRONG = "auto", "linear", "boosting"
"""Where nobody names a learner: the strong one is searched, and the simple one taken where it is as good."""


def names() -> tuple[str, ...]:
    """Return the learners that are known by name."""
    return tuple(sorted(path.stem for path in (Path(__file__).parent / "families").glob("[a-z]*.py")))


def check(name: str) -> str:
    """Return the name of a learner if it may be one; its library is looked for, and not imported.

    Raises
    ------
    SettingsError
        If there is no learner of this name, or the library of a dotted path is not installed.
    """
    library, dot, _ = name.partition(".")
    if not dot and name not in {AUTO, *names()}:
        raise SettingsError(
            f"`learner` in [tool.pipeline.learning] is {name!r}: {near(name, [AUTO, *names()])} "
            "Any scikit-learn-compatible class does too, by its dotted path: `xgboost.XGBClassifier`."
        )
    if dot and (not library.isidentifier() or find_spec(library) is None):
        raise SettingsError(
            f"`learner` in [tool.pipeline.learning] is {name!r}: {library!r} is not installed. Install it, or name one "
            f"of {', '.join(names())}."
        )
    return name


def searched(name: str) -> str:
    """Return the learner whose parameters are searched.

    >>> searched("auto"), searched("forest")
    ('boosting', 'forest')
    """
    return STRONG if name == AUTO else name


Learner = Annotated[str, AfterValidator(check)]
"""A parameter's type: it is checked before a kernel starts."""
