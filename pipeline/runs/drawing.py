"""Drawing: figures are drawn once, and with names in the place of secrets, because pixels cannot be scrubbed later.

matplotlib is never imported here: it is changed when, and only when, a notebook imports it.
"""

import sys
from collections.abc import Sequence
from functools import wraps
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

from pipeline.secrecy import KNOWN

MODULE = "matplotlib.text"
INLINE = "matplotlib_inline.backend_inline"


def show_figures() -> None:
    """Show the figures that a cell drew, and close them.

    Called before what pyplot does after a cell, which draws all open figures for a window that is not there: each would
    be drawn twice.
    """
    if (inline := sys.modules.get(INLINE)) is not None:
        inline.flush_figures()


def hide_secrets() -> None:
    """Hide secrets in all text that matplotlib draws in this process, loaded already or not."""
    if (loaded := sys.modules.get(MODULE)) is not None:
        _hide(loaded)
    elif not any(isinstance(finder, _Watch) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Watch())


class _Watch(MetaPathFinder):
    """Waits for the module to be imported."""

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        """Find the module as Python would, and have it changed right after it is executed."""
        if name != MODULE:
            return None
        sys.meta_path.remove(self)
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and spec.loader is not None:
            execute = spec.loader.exec_module

            def and_hide(module: ModuleType) -> None:
                execute(module)
                _hide(module)

            spec.loader.exec_module = and_hide  # type: ignore[method-assign]
        return spec


def _hide(module: Any) -> None:  # noqa: ANN401 - matplotlib.text
    written = module.Text.get_text
    if hasattr(written, "__wrapped__"):
        return

    @wraps(written)
    def get_text(self: Any) -> str:  # noqa: ANN401 - matplotlib's Text
        return KNOWN.scrub(written(self))

    module.Text.get_text = get_text
