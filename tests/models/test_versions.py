from typing import Any

import pytest
from candidates import candidate

pytestmark = [pytest.mark.usefixtures("project"), pytest.mark.slow]


@pytest.mark.parametrize(
    "change",
    [
        {"data_digest": "sha256:" + 64 * "e"},
        {"test_digest": "sha256:" + 64 * "f"},
        {"threshold": 0.41},
        {"model_digest": "sha256:" + 64 * "e"},
        {"parameters": {"C": 2}},
        {"metrics": {"roc_auc": {"value": 0.7500000001, "low": 0.7}}},
    ],
)
def test_lineage_differs_when_what_the_version_follows_from_does(change: dict[str, Any]) -> None:
    assert candidate(**change).lineage != candidate().lineage
    assert candidate(run="another").lineage == candidate().lineage
