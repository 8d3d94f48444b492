"""Messages: what is in the bodies of requests, read and checked, and described in OpenAPI."""

import math
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from pipeline.goal import Goal, Label, Task
from pipeline.models.trials import Told
from pipeline.serving.access import Need
from pipeline.serving.bundle import Manifest
from pipeline.serving.challenger import Challenger
from pipeline.serving.exchange import JSON, Refused
from pipeline.serving.rows import Row
from pipeline.serving.traffic import Truth

_LONGEST_KEY, _LONGEST_ID = 200, 100
_ASKED = frozenset({"rows", "key"})


class Question(NamedTuple):
    """Rows to be answered, and what whoever asks calls the case."""

    rows: list[Row]
    key: str | None


def question(body: object, most_rows: int) -> Question:
    """Read what `/predict` is asked.

    Raises
    ------
    Refused
        If it is of another form (422), or has too many rows (413).
    """
    if not isinstance(body, dict) or "rows" not in body or not body.keys() <= _ASKED:
        raise Refused(422, 'send {"rows": [{COLUMN: VALUE, ...}, ...]}, and "key" where the case has one')
    key = body.get("key")
    if key is not None and not (isinstance(key, str) and 0 < len(key) <= _LONGEST_KEY and key.isprintable()):
        raise Refused(422, f"`key` is a text of 1 to {_LONGEST_KEY} printable characters")
    return Question(rows=_objects(body["rows"], "rows", most_rows), key=key)


def truths(body: object, goal: Goal, most_rows: int) -> list[Truth]:
    """Read what `/labels` is told.

    Raises
    ------
    Refused
        If it is of another form, or a label is none of the goal's (422), or there are too many (413).
    """
    if not isinstance(body, dict) or body.keys() != {"labels"}:
        raise Refused(422, 'send {"labels": [{"id": ID OF A PREDICTION, "label": WHAT CAME TRUE}, ...]}')
    found = []
    for number, each in enumerate(_objects(body["labels"], "labels", most_rows)):
        if each.keys() != {"id", "label"} or not _is_id(each["id"]):
            raise Refused(422, f"label {number} has not exactly `id`, which a prediction came with, and `label`")
        if not _is_label(each["label"], goal):
            wanted = f"one of {list(goal.classes)}" if goal.classes else "a finite number"
            raise Refused(422, f"the label of {each['id'][:100]!r} is not {wanted}")
        found.append(Truth(prediction=each["id"], label=each["label"]))
    return found


def _is_id(given: object) -> bool:
    """Tell what may be an id, and be written in any database, from what cannot."""
    return isinstance(given, str) and 0 < len(given) <= _LONGEST_ID and given.isascii() and given.isprintable()


def _objects(found: object, name: str, most_rows: int) -> list[Any]:
    if not isinstance(found, list) or {*map(type, found)} != {dict}:
        raise Refused(422, f"`{name}` is a list of objects, at least one")
    if len(found) > most_rows:
        raise Refused(413, f"`{name}` has {len(found)} entries; send at most {most_rows} at a time")
    return found


def _is_label(given: object, goal: Goal) -> bool:
    if goal.task is Task.REGRESSION:
        return type(given) in {int, float} and abs(given) < math.inf  # type: ignore[arg-type] # it is a number
    return any(type(given) is type(known) and given == known for known in goal.classes)


def model(manifest: Manifest, schema: Mapping[str, Any], failure: str) -> dict[str, Any]:
    """Tell which version answers, and what it is."""
    kept = {"name", "version", "model_digest", "goal", "threshold", "interval", "libraries", "card", "compilation"}
    told = manifest.model_dump(mode="json", include=kept)
    return told | {"bundle": manifest.digest, "schema": schema, "failure": failure}


def trial(told: Told | None, challenger: Challenger | None) -> dict[str, Any] | None:
    """Tell of the newest trial what it is, what is known of it, and how it ended; None where there was none."""
    if told is None:
        return None
    found = [{**vars(each), "line": each.line} for each in challenger.findings()] if challenger else []
    end = told.end and {**vars(told.end), "when": told.end.when.isoformat()}
    asked = {name: getattr(told.trial, name) for name in ("version", "mode", "share", "champion", "by", "reason")}
    return {**asked, "when": told.trial.when.isoformat(), "findings": found, "end": end}


def openapi(
    routes: Iterable[tuple[str, str, Need, str]], row: Mapping[str, Any], goal: Goal, most_rows: int
) -> dict[str, Any]:
    """Describe the service.

    Parameters
    ----------
    routes
        Method, path, what is needed, and what it is for.
    row
        JSON Schema of a row.
    most_rows
        Most rows or labels of a request.
    """
    paths: dict[str, dict[str, Any]] = {}
    for method, path, need, about in routes:
        told: dict[str, Any] = {"summary": about, "operationId": path.strip("/").replace("/", "_").replace(".", "_")}
        told["responses"] = {status: {"description": said} for status, said in _STATUSES[method].items()}
        told["security"] = [{"token": []}, {}] if need is Need.TOKEN else []
        if method == "POST":
            content = {JSON: {"schema": {"$ref": f"#/components/schemas/{path.strip('/')}"}}}
            told["requestBody"] = {"required": True, "content": content}
        paths[path] = {method.lower(): told}
    return {
        "openapi": "3.1.0",
        "info": {"title": "A model that answers", "version": "1"},
        "paths": paths,
        "components": {
            "schemas": {"row": row, "predict": _predict(most_rows), "labels": _labels(goal, most_rows)},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


_STATUSES = {
    "GET": {
        "200": "as asked",
        "401": "the token is missing",
        "421": "asked by another name",
        "429": "asked too often",
        "503": "not ready",
    },
    "POST": {
        "200": "done, and in the log of predictions",
        "400": "not JSON",
        "401": "the token is missing",
        "413": "too large",
        "415": "not called JSON",
        "421": "asked by another name",
        "422": "a column breaks its rule",
        "429": "asked too often",
        "503": "too much to do, or no room to write",
    },
}


def _predict(most_rows: int) -> dict[str, Any]:
    rows = {"type": "array", "minItems": 1, "maxItems": most_rows, "items": {"$ref": "#/components/schemas/row"}}
    key = {"type": "string", "minLength": 1, "maxLength": _LONGEST_KEY}
    return {"type": "object", "properties": {"rows": rows, "key": key}, "required": ["rows"]} | _CLOSED


def _labels(goal: Goal, most_rows: int) -> dict[str, Any]:
    label: dict[str, Label | list[Label]] = {"enum": list(goal.classes)} if goal.classes else {"type": "number"}
    told = {"id": {"type": "string", "pattern": f"^[ -~]{{1,{_LONGEST_ID}}}$"}, "label": label}
    each = {"type": "object", "properties": told, "required": ["id", "label"]}
    every = {"type": "array", "minItems": 1, "maxItems": most_rows, "items": each | _CLOSED}
    return {"type": "object", "properties": {"labels": every}, "required": ["labels"]} | _CLOSED


_CLOSED = {"additionalProperties": False}
