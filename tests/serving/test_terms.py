import pytest

from pipeline.errors import SettingsError
from pipeline.serving import terms


def test_terms_have_a_value_for_what_settings_leave_out() -> None:
    assert terms.read({}) == terms.Terms()
    assert terms.read({"most_mb": 0.5}).most_bytes == 2**19
    assert terms.Terms().secrets == []


def test_terms_name_the_secrets_that_a_log_needs() -> None:
    hashed = {"traffic": "postgresql://log:[secret LOG_PASSWORD]@db/traffic", "sensitive": {"name": "hash"}}
    assert terms.read(hashed).secrets == ["LOG_PASSWORD", "PIPELINE_TRAFFIC_KEY"]
    assert terms.read({"traffic": "secret:LOG_URL", "sensitive": {"name": "drop"}}).secrets == ["LOG_URL"]


@pytest.mark.parametrize(
    ("table", "why"),
    [
        ([], "is \\[\\], not a table"),
        ({"trafic": "x"}, "has the unknown key 'trafic': did you mean 'traffic'"),
        ({"most_rows": "5"}, "most_rows .most rows or labels of a request. is '5' in .*should be a valid integer"),
        ({"requests_per_s": 0}, "requests_per_s .* is 0 in .*greater than 0"),
        ({"sensitive": {"name": "mask"}}, "sensitive.name .* is 'mask' in .*'hash' or 'drop'"),
        ({"traffic_keep_days": 7}, "after 7 days .traffic_keep_days. and never within 30"),
    ],
    ids=["list", "unknown", "type", "range", "choice", "contradiction"],
)
def test_terms_refuse_what_is_wrong_with_the_reason(table: object, why: str) -> None:
    with pytest.raises(SettingsError, match=why):
        terms.read(table)


def test_terms_keep_days_that_are_watched_less_long() -> None:
    assert terms.read({"traffic_keep_days": 7, "traffic_watch_days": 5}).traffic_keep_days == 7
