"""The figure of a service shows rows, milliseconds and shares of requests."""

import pandas as pd
import pytest

from pipeline.figures import service, style


@pytest.mark.parametrize("windows", [3, 20])
def test_service_draws_three_panels(windows: int) -> None:
    style.use()
    names = [f"2026-01-{day:02d}" for day in range(1, windows + 1)]
    table = pd.DataFrame({"rows": 10, "median_ms": 3.0, "slow_ms": 9.0, "failed": 0.0, "refused": 0.1}, index=names)
    figure = service.service(table, finding="Slow")
    assert [axes.get_title(loc="left") for axes in figure.axes] == [
        "rows answered",
        "milliseconds until answered",
        "share of requests",
    ]
    assert style.finding(figure) == "Slow"
    assert [label.get_text() for label in figure.axes[2].get_xticklabels()] == names
