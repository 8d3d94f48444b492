"""Routing: who answers a request while a version is tried beside the champion; whatever fails there, somebody does."""

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Sequence
from math import inf
from typing import Any, NamedTuple, Protocol

from pipeline.errors import DataError
from pipeline.models.trials import Mode
from pipeline.serving.challenger import Challenger
from pipeline.serving.entries import Arm, Prediction, new_ids
from pipeline.serving.predictor import Answer, Predictor
from pipeline.serving.rows import Row
from pipeline.serving.tally import Side

FIRST_S, LEAST_S, TIMES, ROW_S = 5.0, 2.0, 10, 0.001
"""How long a challenger may take, before it is known what is usual, and at least afterwards; how many times as long as
19 of 20 of the champion's answers take; and how much longer for each row. Then the champion answers."""

_MANY = 100  # rows, from which on reading them would keep others waiting
_log = logging.getLogger(__name__)


class Ask(Protocol):
    """Lets a predictor answer rows that it found good."""

    def __call__(self, predictor: Predictor, values: Any, rows: int) -> Awaitable[list[Answer]]:  # noqa: ANN401 - as it reads them
        """Wait for the answers."""


class Request(NamedTuple):
    """Rows as they were sent and as the champion read them, and the key of the case."""

    rows: Sequence[Row]
    values: Any
    key: str | None


class Said(NamedTuple):
    """Answers, all by one version.

    Attributes
    ----------
    latency_s
        How long they took, in seconds, without reading and writing.
    shadowed
        Unit of traffic that a shadow has to be asked about too; empty where it has not.
    """

    predictor: Predictor
    answers: list[Answer]
    arm: Arm
    latency_s: float
    shadowed: str = ""


class Failed(Exception):  # noqa: N818 - an answer, not an error of ours
    """A challenger did not answer; the text says why, and holds nothing of the rows."""


async def answer(request: Request, predictor: Predictor, challenger: Challenger | None, ask: Ask, attempt: Ask) -> Said:
    """Let the champion answer, or the challenger where its share of the traffic says so and it can.

    Parameters
    ----------
    predictor
        The champion's.
    ask, attempt
        Ask the champion, and the challenger, which must not keep those waiting who ask the champion.

    Raises
    ------
    Exception
        What the champion raised.
    """
    if challenger is None or challenger.ended:
        return await _ask(request, predictor, ask)
    unit = challenger.draw(request.key)
    if challenger.trial.mode is Mode.CANARY and challenger.takes(unit):
        return await _canary(request, predictor, challenger, unit, ask, attempt)
    if challenger.trial.mode is Mode.SHADOW and not challenger.takes(unit):
        return await _ask(request, predictor, ask)
    return await _compared(request, predictor, challenger, unit, ask)


async def _canary(  # noqa: PLR0913, PLR0917 - who may answer what
    request: Request, predictor: Predictor, challenger: Challenger, unit: str, ask: Ask, attempt: Ask
) -> Said:
    """Let the challenger answer, or the champion where it fails. What both cannot answer is no fault of it."""
    try:
        answers, latency_s = await tried(request.rows, challenger, attempt)
    except Failed as failure:
        instead = await _ask(request, predictor, ask)
        challenger.failed(Side.CHALLENGER, unit, str(failure))
        return instead._replace(arm=Arm.CANARY)
    challenger.counting.answered(Side.CHALLENGER, unit, latency_s)
    return Said(predictor=challenger.predictor, answers=answers, arm=Arm.CANARY, latency_s=latency_s)


async def _compared(request: Request, predictor: Predictor, challenger: Challenger, unit: str, ask: Ask) -> Said:
    """Let the champion answer, as one that a challenger is compared with."""
    try:
        said = await _ask(request, predictor, ask)
    except DataError:
        raise  # the rows' fault, not that of who was asked
    except Exception:
        challenger.failed(Side.CHAMPION, unit, "")
        raise
    if challenger.trial.mode is Mode.SHADOW:
        return said._replace(shadowed=unit)
    _count(challenger, said, unit)
    return said


async def _ask(request: Request, predictor: Predictor, ask: Ask) -> Said:
    started = time.perf_counter()
    answers = await ask(predictor, request.values, len(request.rows))
    return Said(predictor=predictor, answers=answers, arm=Arm.CHAMPION, latency_s=time.perf_counter() - started)


def entries(request: Request, said: Said, latency_s: float) -> list[Prediction]:
    """Return what is written down of answered rows."""
    manifest, now = said.predictor.manifest, time.time()
    who = (manifest.name, manifest.version, said.predictor.digest, request.key)
    return [
        Prediction(id_, now, *who, row, answer, latency_s, said.arm)
        for id_, row, answer in zip(new_ids(len(request.rows)), request.rows, said.answers, strict=True)
    ]


async def shadow(rows: Sequence[Row], said: Said, challenger: Challenger, attempt: Ask) -> tuple[list[Answer], float]:
    """Ask a shadow what the champion has answered.

    Returns
    -------
        Its answers, and how long it took in seconds; no answer where it failed.
    """
    _count(challenger, said, said.shadowed)
    try:
        answers, latency_s = await tried(rows, challenger, attempt)
    except Failed as failure:
        challenger.failed(Side.CHALLENGER, said.shadowed, str(failure))
        return [], 0.0
    challenger.counting.answered(Side.CHALLENGER, said.shadowed, latency_s)
    return answers, latency_s


async def tried(rows: Sequence[Row], challenger: Challenger, attempt: Ask) -> tuple[list[Answer], float]:
    """Ask a challenger, for a limited time.

    Raises
    ------
    Failed
        If it finds fault with rows that the champion takes, raises, takes too long, or says what no number is.
    """
    predictor = challenger.predictor
    values, faults = predictor.read(rows) if len(rows) < _MANY else await asyncio.to_thread(predictor.read, rows)
    if faults:
        raise Failed(f"its column {faults[0].column!r} must be {faults[0].must}")
    started, patience_s = time.perf_counter(), patience(challenger, len(rows))
    try:
        async with asyncio.timeout(patience_s):
            answers = await attempt(predictor, values, len(rows))
        latency_s = time.perf_counter() - started
        json.dumps(answers, allow_nan=False)
    except TimeoutError:
        raise Failed(f"no answer within {patience_s:g} s") from None
    except Exception as error:
        _log.warning("%s failed", challenger.trial.title, exc_info=not challenger.counting.own.why)
        raise Failed(f"it raised {type(error).__name__}") from error
    return answers, latency_s


def patience(challenger: Challenger, rows: int) -> float:
    """Return how long an answer may take, in seconds."""
    slow_s = challenger.counting.own.slow_s
    return ROW_S * rows + (FIRST_S if slow_s == inf else max(LEAST_S, TIMES * slow_s))


def _count(challenger: Challenger, said: Said, unit: str) -> None:
    """Count an answer of the champion; it had as long as the challenger has, for what stops both is no fault of one."""
    if said.latency_s > patience(challenger, len(said.answers)):
        challenger.failed(Side.CHAMPION, unit, "")
    else:
        challenger.counting.answered(Side.CHAMPION, unit, said.latency_s)
