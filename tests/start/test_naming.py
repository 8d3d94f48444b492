import re

import pytest

from pipeline.start import naming


@pytest.mark.parametrize(
    "source", ["../../x.csv", "<b>.csv", "größe; rm -rf.csv", "", "/", "s3://b/x?token=secret-one", "日本.csv"]
)
def test_name_of_a_model_is_no_path_and_no_markup(source: str) -> None:
    name = naming.model({"source": source, "target": "../y"})
    assert re.fullmatch(r"[a-z0-9][a-z0-9-]*-[0-9a-f]{8}", name), name
    assert "token" not in name


def test_no_two_tables_share_a_name() -> None:
    tables = [
        {"source": "in/a.csv", "target": "y"},
        {"source": "out/a.csv", "target": "y"},
        {"source": "in/a.csv", "target": "z"},
        {"source": "in/a.csv", "target": "y", "query": "select 1"},
    ]
    assert len({naming.model(table) for table in tables}) == len(tables)
