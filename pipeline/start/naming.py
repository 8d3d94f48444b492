"""Owns the names that are made for somebody's table: they never are a path, and two tables never share one."""

import re
from collections.abc import Mapping
from pathlib import PurePosixPath

from pipeline.store import digest, urls

_LONGEST = 40
_SHORT = 8
_OTHERS = re.compile(r"[^a-z0-9]+")


def slug(text: str) -> str:
    """Write a text in small letters, digits and hyphens; empty where it has none of them.

    >>> slug("../Kunden (März); rm -rf.csv")
    'kunden-m-rz-rm-rf-csv'
    """
    return _OTHERS.sub("-", text.lower()).strip("-")[:_LONGEST].strip("-")


def stem(source: str) -> str:
    """Return the name of a file without its folder and endings, or what a URL ends in.

    >>> stem("s3://bucket/in/Sales.2026.csv.gz")
    'Sales'
    """
    return PurePosixPath(urls.public(source)).name.partition(".")[0]


def own(target: str) -> str:
    """Name the model of a project that has one table, by its target.

    >>> own("Paid?"), own("???")
    ('paid', 'model')
    """
    return slug(target) or "model"


def model(data: Mapping[str, object]) -> str:
    """Name the model of a table that is one of several in a registry, by its source, query and target.

    >>> model({"source": "in/sales.csv", "target": "Late?"})
    'sales-late-dd0c9c09'
    """
    said = {key: data.get(key) for key in ("source", "query", "target")}
    unique = digest.of_json(said).partition(":")[2][:_SHORT]
    named = (slug(stem(str(data["source"]))), slug(str(data["target"])))
    return "-".join([*filter(None, named), unique])
