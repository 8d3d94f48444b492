"""The commands about reading, comparing and judging reports."""

import typer

app = typer.Typer()
