"""Owns where this installation of the package came from, so that a new project can have the same."""

import json
from importlib.metadata import distribution
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

PACKAGE = "stagebook"
NOX = "2026.10.20"


def version() -> str:
    """Return the version that is installed."""
    return distribution(PACKAGE).version


def source() -> dict[str, object]:
    """Return what uv takes as the source of the package; empty where it came from a package index.

    `direct_url.json` is specified at https://packaging.python.org/en/latest/specifications/direct-url.
    """
    written = distribution(PACKAGE).read_text("direct_url.json")
    return from_direct_url(json.loads(written)) if written else {}


def from_direct_url(found: dict[str, Any]) -> dict[str, object]:
    """Turn the record of a direct installation into a source of uv's.

    >>> from_direct_url({"url": "file:///srv/my%20clone", "dir_info": {"editable": True}})
    {'path': '/srv/my clone', 'editable': True}
    >>> from_direct_url({"url": "https://host/x.git", "vcs_info": {"vcs": "git", "commit_id": "1f0"}})
    {'git': 'https://host/x.git', 'rev': '1f0'}
    >>> from_direct_url({"url": "https://host/x-1-py3-none-any.whl", "archive_info": {}})
    {'url': 'https://host/x-1-py3-none-any.whl'}
    """
    url = str(found["url"])
    if vcs := found.get("vcs_info"):
        return {"git": url, "rev": vcs["commit_id"]}
    if not url.startswith("file://"):
        return {"url": url}
    path = str(Path(unquote(urlsplit(url).path)))
    editable = found.get("dir_info", {}).get("editable", False)
    return {"path": path, "editable": True} if editable else {"path": path}
