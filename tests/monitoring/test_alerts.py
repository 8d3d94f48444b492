import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from monitoring.seen import finding, outcome

from pipeline.errors import StoreError
from pipeline.monitoring import alerts
from pipeline.monitoring.alerts import Alert
from pipeline.monitoring.findings import Kind, Outcome, Severity

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def watched(standing: list[Alert], seen: Outcome, hours: int = 0) -> list[Alert]:
    return alerts.followed(standing, seen, "reports/r/monitor.ipynb", NOW + timedelta(hours=hours))


def test_alert_is_told_once_when_it_begins_and_once_when_it_is_over() -> None:
    standing = watched([], outcome(finding()))
    assert [alert.subject for alert in alerts.news(standing, "CHAT").began] == ["size"]
    standing = alerts.heard(standing, "CHAT")
    standing = watched(standing, outcome(finding(message="it moved on")), hours=1)
    assert not alerts.news(standing, "CHAT")
    assert (standing[0].since, standing[0].message) == (NOW, "it moved on")
    standing = watched(standing, outcome(), hours=2)
    assert [alert.subject for alert in alerts.news(standing, "CHAT").ended] == ["size"]
    assert alerts.heard(standing, "CHAT") == []


def test_alert_goes_on_when_there_is_too_little_data_to_judge_it() -> None:
    standing = alerts.heard(watched([], outcome(finding())), "CHAT")
    assert not alerts.news(watched(standing, outcome(judged=(Kind.LATENCY,))), "CHAT")
    assert not alerts.news(watched(standing, outcome(model="another")), "CHAT")


def test_place_that_was_not_reached_hears_of_it_later() -> None:
    standing = alerts.heard(watched([], outcome(finding())), "CHAT")
    assert not alerts.news(standing, "CHAT")
    assert alerts.news(standing, "MAIL").began
    standing = alerts.heard(watched(standing, outcome()), "CHAT")
    assert standing == []  # who never heard of it need not hear its end


def test_what_comes_back_after_it_was_over_is_told_again() -> None:
    standing = alerts.heard(watched([], outcome(finding())), "CHAT")
    standing = watched(standing, outcome(), hours=1)
    standing = watched(standing, outcome(finding()), hours=2)
    assert alerts.news(standing, "CHAT").began
    assert standing[0].since == NOW + timedelta(hours=2)


def test_only_critical_findings_that_stand_are_alerts() -> None:
    warning, over = finding(severity=Severity.WARNING), finding("count", stands=False)
    assert watched([], outcome(warning, over)) == []


def test_alerts_are_kept_whole_when_several_watch_at_once(tmp_path: Path) -> None:
    path = tmp_path / "alerts.json"

    def watch(number: int) -> None:
        with alerts.kept(path) as standing:
            standing[:] = alerts.followed(standing, outcome(finding(), model=f"m{number}"), "", NOW)

    threads = [threading.Thread(target=watch, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with alerts.kept(path) as standing:
        assert sorted(alert.model for alert in standing) == [f"m{number}" for number in range(8)]


def test_kept_refuses_a_damaged_file_and_changes_nothing_when_the_block_fails(tmp_path: Path) -> None:
    path = tmp_path / "alerts.json"
    with pytest.raises(ZeroDivisionError), alerts.kept(path):
        raise ZeroDivisionError
    assert not path.exists()
    path.write_text("[{}]")
    with (
        pytest.raises(StoreError, match=r"cannot be read\. Remove the file: what stands is told again"),
        alerts.kept(path),
    ):
        pass
