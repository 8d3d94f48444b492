import pytest

from pipeline.start import origin


@pytest.mark.parametrize(
    ("written", "source"),
    [
        ({"url": "file:///srv/a%20b", "dir_info": {"editable": True}}, {"path": "/srv/a b", "editable": True}),
        ({"url": "file:///srv/a", "dir_info": {}}, {"path": "/srv/a"}),
        ({"url": "file:///srv/a.whl", "archive_info": {}}, {"path": "/srv/a.whl"}),
        ({"url": "https://host/a.whl", "archive_info": {}}, {"url": "https://host/a.whl"}),
        (
            {"url": "https://host/a.git", "vcs_info": {"vcs": "git", "commit_id": "1f0"}},
            {"git": "https://host/a.git", "rev": "1f0"},
        ),
    ],
)
def test_source_is_where_the_installation_came_from(written: dict[str, object], source: dict[str, object]) -> None:
    assert origin.from_direct_url(written) == source
