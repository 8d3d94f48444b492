"""What of a URL is a secret is never shown."""

import pytest

from pipeline.store import urls


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("git", "git"),
        ("/folder/a@b?c", "/folder/a@b?c"),
        ("s3://bucket/a@b/c", "s3://bucket/a@b/c"),
        ("s3://key:se/cr@et@bucket/c", "s3://bucket/c"),
        ("sftp://me@host/x", "sftp://host/x"),
        ("sftp://me:1234@host:22/x", "sftp://host:22/x"),
        ("https://host:8443/x?sig=a@b#token", "https://host:8443/x"),
        ("http://me:word@[::1]:80/x?sig=a", "http://[::1]:80/x"),
        ("simplecache::https://me:word@host/x?sig=a", "simplecache::https://host/x"),
    ],
)
def test_url_is_shown_without_its_secrets(url: str, shown: str) -> None:
    assert urls.public(url) == shown
