"""Syntax: Python source as a tree, parsed by one thread at a time."""

import ast
import threading

# Python 3.11 counts the depth of all threads' trees together: where two are built at once, it raises SystemError.
_ONE_AT_A_TIME = threading.RLock()


def module(source: str | bytes) -> ast.Module:
    """Parse a module.

    Raises
    ------
    SyntaxError, ValueError
        If it is not Python.
    """
    with _ONE_AT_A_TIME:
        return ast.parse(source)


def expression(source: str) -> ast.Expression:
    """Parse an expression.

    Raises
    ------
    SyntaxError, ValueError
        If it is none.
    """
    with _ONE_AT_A_TIME:
        return ast.parse(source, mode="eval")
