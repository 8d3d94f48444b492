"""Graphs: a fitted model written as ONNX, from coded rows to what it says of them. The one importer of onnx.

What prepares the rows is written as `probing` found it; trees are copied node by node. skl2onnx is not used: it does
not know the histogram trees of today's scikit-learn, and takes minutes for a forest. All is in double precision, as
scikit-learn has it, but for forests, which look at rows in single precision.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from pipeline.learning.calibration import LEAST
from pipeline.serving.engines import Parts
from pipeline.serving.probing import Line, Prepared, Table, Unclear
from pipeline.serving.trees import Trees, forest, histograms

_DOUBLE = TensorProto.DOUBLE
_OPSETS = (helper.make_opsetid("", 18), helper.make_opsetid("ai.onnx.ml", 5))
_IR = 10
_PAIR = 2


class _Graph:
    """Nodes that are added one after another; each is called by a number."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def add(self, kind: str, *inputs: str, domain: str = "", **attributes: Any) -> str:  # noqa: ANN401 - ONNX knows
        name = f"n{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], domain=domain, **attributes))
        return name

    def constant(self, values: Any, kind: Any = np.float64) -> str:  # noqa: ANN401 - what numpy makes an array of
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(values, dtype=kind), name))
        return name


def write(model: Parts, prepared: Prepared, features: int, *, whole: bool) -> bytes:
    """Write a graph with the input `rows`, shape (rows, features), the same bytes for the same model.

    Parameters
    ----------
    features
        How many there are before they are prepared.
    whole
        Whether the graph says what the model says, shape (rows,) or (rows, classes), or its prepared columns.

    Raises
    ------
    Unclear
        If a part of the model has no such form.
    """
    graph = _Graph()
    said = _prepared(graph, prepared)
    flat = whole and _width(model.learn) == 1
    if whole:
        said = _calibrated(graph, _model(graph, model.learn, said), model.curves)
    if flat:
        said = graph.add("Reshape", said, graph.constant([-1], np.int64))
    given = helper.make_tensor_value_info("rows", _DOUBLE, [None, features])
    told = helper.make_tensor_value_info(said, _DOUBLE, [None] if flat else [None, None])
    made = helper.make_graph(graph.nodes, "model", [given], [told], graph.constants)
    written = helper.make_model(made, opset_imports=_OPSETS, ir_version=_IR)
    onnx.checker.check_model(written)
    data: bytes = written.SerializeToString(deterministic=True)
    return data


def _prepared(graph: _Graph, wanted: Prepared) -> str:
    parts = [_lines(graph, wanted.lines)] if wanted.lines else []
    order = [line.place for line in wanted.lines]
    if wanted.tables:
        found, width = _tables(graph, wanted.tables)
        parts.append(found)
        order += [place for table in wanted.tables for place in [*table.places, *[-1] * (width - len(table.places))]]
    whole = graph.add("Concat", *parts, axis=1) if len(parts) > 1 else parts[0]
    back = [order.index(place) for place in range(wanted.width)]
    return whole if back == [*range(len(order))] else _picked(graph, whole, back)


def _picked(graph: _Graph, rows: str, places: Sequence[int]) -> str:
    return graph.add("Gather", rows, graph.constant(places, np.int64), axis=1)


def _lines(graph: _Graph, lines: Sequence[Line]) -> str:
    given = _picked(graph, "rows", [line.source for line in lines])
    zero, slope, start, missing = (
        np.array([getattr(line, name) for line in lines]) for name in ("zero", "slope", "start", "missing")
    )
    if not zero.any() and (slope == 1).all() and not start.any() and np.isnan(missing).all():
        return given
    apart = graph.add("Sub", given, graph.constant(zero))
    scaled = graph.add("Add", graph.add("Mul", apart, graph.constant(slope)), graph.constant(start))
    return graph.add("Where", graph.add("IsNaN", given), graph.constant(missing), scaled)


def _tables(graph: _Graph, tables: Sequence[Table]) -> tuple[str, int]:
    """Look all words up in one table below another, each as wide as the widest."""
    width = max(len(table.places) for table in tables)
    values = [np.pad(table.values, ((0, 0), (0, width - len(table.places)))) for table in tables]
    begins = np.cumsum([0, *map(len, values[:-1])])
    codes = graph.add("Cast", _picked(graph, "rows", [table.source for table in tables]), to=TensorProto.INT64)
    places = graph.add("Add", codes, graph.constant(begins, np.int64))
    found = graph.add("Gather", graph.constant(np.vstack(values)), places, axis=0)
    return graph.add("Reshape", found, graph.constant([-1, width * len(tables)], np.int64)), width


def _width(model: Any) -> int:  # noqa: ANN401 - any estimator
    """Return how many numbers are said of a row: of two classes one."""
    classes = len(getattr(model, "classes_", ()))
    return 1 if classes <= _PAIR else classes


def _model(graph: _Graph, model: Any, rows: str) -> str:  # noqa: ANN401 - any estimator
    """Add an estimator; returns shape (rows, width)."""
    name = type(model).__name__
    if name not in _WRITERS:
        raise Unclear(f"{name} has no form in ONNX here")
    return _WRITERS[name](graph, model, rows)


def _linear(graph: _Graph, model: Any, rows: str) -> str:  # noqa: ANN401 - LogisticRegression or Ridge
    weights = np.atleast_2d(model.coef_).T
    found = graph.add("Add", graph.add("MatMul", rows, graph.constant(weights)), _once(graph, model.intercept_))
    return found if not hasattr(model, "classes_") else _probable(graph, found, _width(model))


def _once(graph: _Graph, values: Any) -> str:  # noqa: ANN401 - numbers
    return graph.constant(np.atleast_1d(values))


def _probable(graph: _Graph, raw: str, width: int) -> str:
    return graph.add("Sigmoid", raw) if width == 1 else graph.add("Softmax", raw, axis=1)


def _boosted(graph: _Graph, model: Any, rows: str) -> str:  # noqa: ANN401 - a HistGradientBoosting
    raw = _ensemble(graph, histograms(model), rows)
    if hasattr(model, "classes_"):
        return _probable(graph, raw, _width(model))
    if type(model._loss.link).__name__ == "IdentityLink":  # noqa: SLF001 - scikit-learn has no public way
        return raw
    return graph.add("Exp", raw)


def _forest(graph: _Graph, model: Any, rows: str) -> str:  # noqa: ANN401 - a forest
    single = graph.add("Cast", rows, to=TensorProto.FLOAT)
    return _ensemble(graph, forest(model), graph.add("Cast", single, to=_DOUBLE))


def _ensemble(graph: _Graph, trees: Trees, rows: str) -> str:
    """Add trees; ONNX Runtime sums what their leaves say. A leaf that adds to all outputs needs a copy for each."""
    found = [_summed(graph, trees, values, rows) for values in trees.values.T]
    together = graph.add("Concat", *found, axis=1) if len(found) > 1 else found[0]
    return graph.add("Add", together, graph.constant(trees.base)) if trees.base.any() else together


def _summed(graph: _Graph, trees: Trees, values: NDArray[np.float64], rows: str) -> str:
    branch, places = ~trees.leaf, np.where(trees.leaf, np.cumsum(trees.leaf), np.cumsum(~trees.leaf)) - 1
    left, right = trees.left[branch], trees.right[branch]
    kinds, thresholds, weights = np.zeros(len(left), np.uint8), trees.threshold[branch], values[trees.leaf]
    return graph.add(
        "TreeEnsemble",
        rows,
        domain="ai.onnx.ml",
        n_targets=len(trees.base) if trees.values.shape[1] == 1 else 1,
        tree_roots=places[trees.roots].tolist(),
        nodes_featureids=trees.feature[branch].tolist(),
        nodes_modes=numpy_helper.from_array(kinds),  # 0: at most the threshold
        nodes_splits=numpy_helper.from_array(np.ascontiguousarray(thresholds, dtype=np.float64)),
        nodes_truenodeids=places[left].tolist(),
        nodes_trueleafs=trees.leaf[left].astype(int).tolist(),
        nodes_falsenodeids=places[right].tolist(),
        nodes_falseleafs=trees.leaf[right].astype(int).tolist(),
        nodes_missing_value_tracks_true=trees.missing_left[branch].astype(int).tolist(),
        leaf_targetids=trees.output[trees.leaf].tolist(),
        leaf_weights=numpy_helper.from_array(np.ascontiguousarray(weights, dtype=np.float64)),
    )


def _constant(graph: _Graph, model: Any, rows: str) -> str:  # noqa: ANN401 - a DummyClassifier or DummyRegressor
    said = model.class_prior_ if hasattr(model, "classes_") else np.ravel(model.constant_)
    if getattr(model, "strategy", "prior") not in {"prior", "mean", "median"}:
        raise Unclear(f"a dummy that says {model.strategy!r} has no form in ONNX here")
    count = graph.add("Slice", graph.add("Shape", rows), *(graph.constant([at], np.int64) for at in (0, 1)))
    shape = graph.add("Concat", count, graph.constant([_width(model)], np.int64), axis=0)
    return graph.add("Expand", graph.constant(said[None, -_width(model) :]), shape)


def _calibrated(graph: _Graph, shares: str, curves: Sequence[Any] | None) -> str:
    """Correct probabilities as `Calibrated` does, each class by its curve."""
    if curves is None:
        return shares
    columns = [_picked(graph, shares, [place]) for place in range(len(curves))]
    found = [_curve(graph, curve, column) for curve, column in zip(curves, columns, strict=True)]
    if len(found) == 1:
        return found[0]
    together = graph.add("Concat", *found, axis=1)
    total = graph.add("ReduceSum", together, graph.constant([1], np.int64), keepdims=1)
    return graph.add("Div", together, total)


def _curve(graph: _Graph, curve: Any, shares: str) -> str:  # noqa: ANN401 - as `Calibrated` has them
    if hasattr(curve, "coef_"):
        kept = graph.add("Clip", shares, graph.constant(LEAST), graph.constant(1 - LEAST))
        odds = graph.add("Log", graph.add("Div", kept, graph.add("Sub", graph.constant(1.0), kept)))
        return _linear(graph, curve, odds)
    # Straight lines from knot to knot: the sum of how far each of them was walked along, times its slope.
    knots, heights = curve.X_thresholds_, curve.y_thresholds_
    steps = np.diff(knots)
    ahead = graph.add("Sub", shares, graph.constant(knots[:-1]))
    walked = graph.add("Min", graph.add("Max", ahead, graph.constant(0.0)), graph.constant(steps))
    risen = graph.add("MatMul", walked, graph.constant((np.diff(heights) / steps)[:, None]))
    return graph.add("Add", risen, graph.constant(heights[:1]))


_WRITERS = {
    "LogisticRegression": _linear,
    "Ridge": _linear,
    "HistGradientBoostingClassifier": _boosted,
    "HistGradientBoostingRegressor": _boosted,
    "RandomForestClassifier": _forest,
    "RandomForestRegressor": _forest,
    "ExtraTreesClassifier": _forest,
    "ExtraTreesRegressor": _forest,
    "DummyClassifier": _constant,
    "DummyRegressor": _constant,
}
