"""Conformance: what was built answers as its version must, right rows and wrong ones, however it is reached.

The same check for every target: a process, an image, a function in a cloud, a view in somebody's site.
"""

import json
import math
import time
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any, NamedTuple

from pipeline.deploy.target import Ask, Proof
from pipeline.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pipeline.data.rules import Column
    from pipeline.serving.predictor import Predictor
    from pipeline.serving.rows import Row

_TOO_OFTEN, _TOO_MUCH = 429, 413  # as HTTP has it
_PATIENT = 30
_NEAR = 1e-6  # as in the predictor: processors add in different orders
_WRONG: dict[str, tuple[object, ...]] = {
    "boolean": ("yes", 1),
    "integer": ("many", True, [1]),
    "number": ("many", True, [1]),
    "text": (7, False, {}),
    "datetime": ("soon", 7),
}
UNSEEN = "\N{SNOWMAN} never seen"


class Golden(NamedTuple):
    """Rows, and what a version must say of them."""

    model: str
    version: int
    rows: list[dict[str, Any]]
    predictions: list[Any]


def require(ask: Ask, reference: "Predictor", where: str) -> Proof:
    """Let something answer the golden rows, and refuse what must be refused.

    Parameters
    ----------
    ask
        How it is asked.
    reference
        The same version, loaded from the same place.
    where
        What is asked, for an error: `the image m:3`.

    Raises
    ------
    ModelError
        If it reproduces a golden row otherwise, or takes or refuses a row that the reference does not.
    """
    manifest, wrong = reference.manifest, 0
    golden = manifest.golden
    require_golden(ask, Golden(manifest.name, manifest.version, golden, manifest.predictions), where)
    try:
        for rows in (golden, golden[:1]):
            _require_same(ask, reference, rows)
        for row in probes(golden[0], reference.form.columns):
            wrong += _require_same(ask, reference, [row])
    except _Other as error:
        raise _refused(manifest.title, where, error) from error
    return Proof(golden=len(golden), refusals=wrong)


def require_golden(ask: Ask, golden: Golden, where: str) -> None:
    """Let something answer the golden rows alone: enough where the whole was proven before, and needs no model here.

    Raises
    ------
    ModelError
        If it reproduces one otherwise, cannot be asked, or is of another version.
    """
    try:
        _require_reproduced(ask, golden)
    except _Other as error:
        raise _refused(f"{golden.model!r} version {golden.version}", where, error) from error


def _refused(title: str, where: str, why: Exception) -> ModelError:
    return ModelError(f"{title} is not released: {where} {why}. Whatever answered before goes on.")


def probes(row: "Row", columns: "Mapping[str, Column]") -> "Iterator[Row]":
    """Yield a good row with one column changed at a time: missing, null, of a wrong type, a word nobody saw."""
    yield {**row, "no such column": 1}
    for name, column in columns.items():
        yield {key: value for key, value in row.items() if key != name}
        yield {**row, name: None}
        for value in _WRONG[column.type]:
            yield {**row, name: value}
        if column.type == "text":
            yield {**row, name: UNSEEN}


def over_http(url: str, token: str = "", timeout_s: float = 30.0) -> Ask:
    """Return how a service is asked.

    Parameters
    ----------
    url
        Its address, without `/predict`.
    token
        What it asks for; empty: nothing.
    timeout_s
        How long an answer is waited for, in seconds. Whoever is told to ask later does so.
    """
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})

    def ask(body: object) -> tuple[int, Any]:
        for _ in range(_PATIENT):
            status, said, again_s = once(body)
            if status != _TOO_OFTEN:
                break
            time.sleep(again_s)
        return status, said

    def once(body: object) -> tuple[int, Any, float]:
        request = urllib.request.Request(f"{url}/predict", json.dumps(body).encode(), headers)  # noqa: S310 - our own
        try:
            with urllib.request.urlopen(request, timeout=timeout_s) as answer:  # noqa: S310 - as above
                return answer.status, json.load(answer), 0.0
        except urllib.error.HTTPError as error:
            return error.code, _content(error.read()), float(error.headers.get("Retry-After") or 0)
        except OSError as error:
            return 0, {"error": str(error)}, 0.0

    return ask


class _Other(Exception):  # noqa: N818 - it never leaves this file
    """It answers otherwise; says how."""


def _require_same(ask: Ask, reference: "Predictor", rows: "Sequence[Row]") -> bool:
    """Ask both; say whether they refuse."""
    values, faults = reference.read(rows)
    status, said = _all(ask, rows)
    if faults:
        first, wanted = faults[0], [fault._asdict() for fault in faults]
        if status != 422 or said.get("faults") != wanted:  # noqa: PLR2004 - as HTTP has it
            raise _Other(f"does not refuse a row whose column {first.column!r} must be {first.must}: {_told(said)}")
        return True
    if status != 200:  # noqa: PLR2004 - as HTTP has it
        raise _Other(f"does not take a row that is right (status {status}): {_told(said)}")
    wanted_answers = reference.predict(values)
    answers = [{key: each[key] for key in each if key != "id"} for each in said["predictions"]]
    if not _near(answers, wanted_answers):
        raise _Other(f"answers a row with {_told(answers[:1])}, not with {_told(wanted_answers[:1])}")
    return False


def _require_reproduced(ask: Ask, golden: Golden) -> None:
    """Compare with what was written down when the version was made."""
    status, said = _all(ask, golden.rows)
    if status != 200:  # noqa: PLR2004 - as HTTP has it
        raise _Other(f"does not take a row that is right (status {status}): {_told(said)}")
    if (said["model"], said["version"]) != (golden.model, golden.version):
        raise _Other(f"says that {said['model']!r} version {said['version']} answers")
    if not _near([_number(each) for each in said["predictions"]], golden.predictions):
        raise _Other("does not reproduce its golden rows")


def _all(ask: Ask, rows: "Sequence[Row]") -> tuple[int, Any]:
    """Ask about rows at once, or one by one where that is more than is taken at once."""
    status, said = ask({"rows": list(rows)})
    if status != _TOO_MUCH or len(rows) == 1:
        return status, said
    parts = [ask({"rows": [row]}) for row in rows]
    if refused := next((part for part in parts if part[0] != 200), None):  # noqa: PLR2004 - as HTTP has it
        return refused
    return 200, {**parts[0][1], "predictions": [each for _, part in parts for each in part["predictions"]]}


def _number(answer: dict[str, Any]) -> Any:  # noqa: ANN401 - a number, or a list of them
    if "probabilities" in answer:
        return list(answer["probabilities"].values())
    return answer.get("probability", answer.get("value"))


def _near(one: object, other: object) -> bool:
    """Compare what JSON can hold; numbers may differ by rounding."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_near(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_near, one, other))
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=_NEAR, abs_tol=_NEAR)
    return one == other


def _content(data: bytes) -> Any:  # noqa: ANN401 - any JSON
    try:
        found = json.loads(data)
    except ValueError:
        found = None
    return found if isinstance(found, dict) else {"error": data[:200].decode(errors="replace")}


def _told(said: object) -> str:
    return str(said.get("error", said) if isinstance(said, dict) else said)[:300]
