"""Trees: those of scikit-learn's ensembles as arrays, node by node, in the order in which they were grown."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.serving.probing import Unclear

_PAIR = 2


@dataclass(frozen=True, kw_only=True)
class Trees:
    """All nodes of some trees, whose leaves are summed up.

    Attributes
    ----------
    base
        Shape (outputs,): what the sum begins with.
    roots
        Places of the first nodes of the trees.
    feature, threshold, missing_left
        Shape (nodes,): rows go left whose value is at most the threshold, and whose value is missing where that is 1.
    left, right
        Shape (nodes,): places of the nodes that follow.
    leaf
        Shape (nodes,): which are leaves.
    output, values
        Shape (nodes,) and (nodes, values): to which output a leaf adds; where it adds to all, a value for each.
    """

    base: NDArray[np.float64]
    roots: NDArray[np.int64]
    feature: NDArray[np.int64]
    threshold: NDArray[np.float64]
    missing_left: NDArray[np.int64]
    left: NDArray[np.int64]
    right: NDArray[np.int64]
    leaf: NDArray[np.bool_]
    output: NDArray[np.int64]
    values: NDArray[np.float64]


def histograms(model: Any) -> Trees:  # noqa: ANN401 - a HistGradientBoosting
    """Read histogram boosting; each tree adds to one output.

    Raises
    ------
    Unclear
        If a node splits by categories.
    """
    base = np.ravel(model._baseline_prediction).astype(np.float64)  # noqa: SLF001 - scikit-learn has no public way
    grown = [(each.nodes, output) for stage in model._predictors for output, each in enumerate(stage)]  # noqa: SLF001 - as above
    nodes = [each for each, _ in grown]
    whole = np.concatenate(nodes)
    if whole["is_categorical"].any():
        raise Unclear("its trees split by categories, which ONNX has not")
    sizes = [len(each) for each in nodes]
    return _trees(
        sizes,
        base=base,
        output=np.repeat([output for _, output in grown], sizes),
        feature=whole["feature_idx"],
        threshold=whole["num_threshold"],
        missing_left=whole["missing_go_to_left"],
        left=whole["left"],
        right=whole["right"],
        leaf=whole["is_leaf"].astype(bool),
        values=whole["value"][:, None],
    )


def forest(model: Any) -> Trees:  # noqa: ANN401 - a forest
    """Read a forest, whose trees say the mean; of two classes the share of the second."""
    grown = [each.tree_ for each in model.estimators_]
    nodes = np.concatenate([each.__getstate__()["nodes"] for each in grown])
    said = np.concatenate([each.value[:, 0, :] for each in grown]) / len(grown)
    values = said[:, 1:] if said.shape[1] == _PAIR else said
    return _trees(
        [each.node_count for each in grown],
        base=np.zeros(values.shape[1]),
        output=np.zeros(len(nodes), dtype=np.int64),
        feature=nodes["feature"],
        threshold=nodes["threshold"],
        missing_left=nodes["missing_go_to_left"],
        left=nodes["left_child"],
        right=nodes["right_child"],
        leaf=nodes["left_child"] < 0,
        values=values,
    )


def _trees(
    sizes: Sequence[int], base: NDArray[np.float64], *, left: NDArray[Any], right: NDArray[Any], **columns: NDArray[Any]
) -> Trees:
    """Join trees to one list of nodes. A tree of one leaf, which ONNX has not, adds to the base at once."""
    roots = np.cumsum([0, *sizes[:-1]])
    start, lone = np.repeat(roots, sizes), columns["leaf"][roots]
    alone = columns["values"][roots[lone]]
    if alone.shape[1] == len(base):
        base = base + alone.sum(axis=0)
    else:
        base = base + np.bincount(columns["output"][roots[lone]], alone[:, 0], minlength=len(base))
    if lone.all():
        raise Unclear("no tree of it splits")
    return Trees(base=base, roots=roots[~lone], left=start + left, right=start + right, **columns)
