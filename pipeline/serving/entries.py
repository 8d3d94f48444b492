"""Entries: what the log of traffic holds, as values."""

import itertools
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from pipeline.goal import Label


class Arm(StrEnum):
    """In which part of the traffic a request was: with the champion, or with a version that was tried beside it."""

    CHAMPION = "champion"
    CANARY = "canary"


class Prediction(NamedTuple):
    """An answered row. A tuple, in the order of the log's columns, for there is one of each of the rows of a request.

    Attributes
    ----------
    id
        What the truth about it is sent by.
    at
        When it was answered, in seconds since 1970.
    model, version, bundle
        Who answered: registered model, its version, and the digest of its bundle.
    key
        What whoever asks calls the case; None where nothing was said.
    inputs, output
        The row as it was sent, and the answer. Once they are read back, columns that settings call sensitive are
        missing from the row, or hold a text that begins with `hmac:` in the place of the value.
    latency_s
        From the first byte of the request to the answer, in seconds, without the writing of it here.
    arm
        For whom it was drawn; where the champion answered in the arm of a canary, the canary had failed.
    """

    id: str
    at: float
    model: str
    version: int
    bundle: str
    key: str | None
    inputs: Mapping[str, Any]
    output: dict[str, Any]
    latency_s: float
    arm: Arm = Arm.CHAMPION


@dataclass(frozen=True, kw_only=True)
class Shadow:
    """What a version on trial said of a prediction, which nobody was told.

    Attributes
    ----------
    prediction
        Id of the one that was answered.
    trial
        Id of the trial.
    version, output, latency_s
        Who said it, what, and how long that took, in seconds.
    """

    prediction: str
    trial: str
    version: int
    output: dict[str, Any]
    latency_s: float


@dataclass(frozen=True, kw_only=True)
class Truth:
    """What came true of a prediction."""

    prediction: str
    label: Label


@dataclass(frozen=True, kw_only=True)
class Requests:
    """How many requests of a minute ended alike, those that failed among them.

    Attributes
    ----------
    minute
        When it began, in seconds since 1970.
    route
        The path that was asked; `none` where there is nothing.
    status
        As HTTP has it: 4xx is the caller's fault, 5xx the service's.
    version
        Of the model that answered at that time.
    count
        How many.
    seconds, slowest_s
        How long all of them took together, and the longest of them, from request to answer.
    """

    minute: int
    route: str
    status: int
    version: int
    count: int
    seconds: float
    slowest_s: float


@dataclass(frozen=True, kw_only=True)
class Answered:
    """A prediction, and what came true of it as far as that is known.

    Attributes
    ----------
    label, labelled_at
        The latest label, and when it came, in seconds since 1970; None where there is none yet.
    """

    prediction: Prediction
    label: Label | None
    labelled_at: float | None


@dataclass(frozen=True, kw_only=True)
class Labelled:
    """A label as it came; a correction is one more.

    Attributes
    ----------
    prediction, answered_at
        Id of the prediction, and when it was made.
    label, at
        What came true, and when that was told. Times are in seconds since 1970.
    """

    prediction: str
    answered_at: float
    label: Label
    at: float


_PROCESS, _COUNT = secrets.token_hex(4), itertools.count()


def new_ids(count: int) -> list[str]:
    """Make ids that no other has; later ones sort later, so that they are written one beside the other.

    Chance is asked for once: to ask the system for each row would cost more than all else that is done for it.
    """
    begin = f"{time.time_ns():016x}{_PROCESS}"
    return [f"{begin}{next(_COUNT) & 0xFFFFFFFF:08x}" for _ in range(count)]
