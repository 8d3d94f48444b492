"""Card: what a person has to know of a version before trusting it, in Markdown. The one importer of skops.card."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

TO_WRITE = "To be written"
"""Stands where only people can say something, and nobody has."""


class Words(BaseModel):
    """`[tool.pipeline.card]`: what only people can say of a model."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    purpose: str = Field("", description="what it is for: who decides what by its answers")
    limits: str = Field("", description="what it is not for, and whom it may serve badly")
    contact: str = Field("", description="whom to ask")

    def missing(self) -> list[str]:
        """Name what nobody has written."""
        return [name for name in type(self).model_fields if not getattr(self, name).strip()]


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What a card tells of a version.

    Attributes
    ----------
    title
        What the version is called.
    made
        What it was made from and with, by what it is called: data and its window, learner, parameters, run, code.
    metrics
        By metric `value`, `low` and `high`, on rows it has not learnt from.
    slices
        The slices that it serves worse than the others: a sentence each.
    decided
        How its answers become decisions, and what its gates said: a sentence each.
    reports
        Path of each executed report, by stage.
    """

    title: str
    made: Mapping[str, str]
    metrics: Mapping[str, Mapping[str, float]]
    slices: Iterable[str]
    decided: Iterable[str]
    reports: Mapping[str, str]


def write(facts: Facts, words: Words) -> str:
    """Write the card in Markdown; what is data in it stands for itself, and is no markup."""
    from skops.card import Card

    card = Card(model=None, template=None)
    written = {name: getattr(words, name).strip() or _to_write(name) for name in Words.model_fields}
    card.add(**{f"{facts.title}": "What this page says was put together from the reports of the run that made it."})
    sections = {
        "Purpose": written["purpose"],
        "Limits": written["limits"],
        "Made from": _listed(f"{name}: {value}" for name, value in facts.made.items()),
        "How good it is": _metrics(facts.metrics),
        "Whom it serves worse": _listed(facts.slices) or "No slice is clearly worse than the others.",
        "How it decides": _listed(facts.decided),
        "Reports": _listed(f"{stage}: {path}" for stage, path in facts.reports.items()),
        "Contact": written["contact"],
    }
    card.add(**{f"{facts.title}/{name}": text for name, text in sections.items()})
    return str(card.render()).strip() + "\n"


def _to_write(name: str) -> str:
    about = Words.model_fields[name].description
    return f"**{TO_WRITE}**: {about}. Set `{name}` in `[tool.pipeline.card]`."


def _listed(lines: Iterable[str]) -> str:
    return "\n".join(f"- {escaped(line)}" for line in lines)


def _metrics(metrics: Mapping[str, Mapping[str, float]]) -> str:
    rows = [
        [escaped(name), *(_number(found, end) for end in ("value", "low", "high"))] for name, found in metrics.items()
    ]
    table = [["metric", "value", "from", "to"], ["---"] * 4, *rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in table)


def _number(found: Mapping[str, Any], end: str) -> str:
    return f"{found.get(end, float('nan')):.4g}"


def escaped(text: str) -> str:
    r"""Write a text so that Markdown shows it as it is, in one line.

    >>> escaped("a|b <i> `x`")
    'a\\|b &lt;i&gt; \\`x\\`'
    """
    plain = " ".join(text.split()).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return "".join(f"\\{letter}" if letter in "\\`*_{}[]()#+!|~$" else letter for letter in plain)
