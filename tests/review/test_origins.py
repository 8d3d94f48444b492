"""A run's page says what its model was made from, who made it, and when it answered."""

import html
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pasts import NEW, OLD, past, scrap, stage

from pipeline.deploy import records
from pipeline.deploy.target import Deployment, State
from pipeline.models.promotion import Promotion, promote
from pipeline.review import origins
from pipeline.review.library import Library
from pipeline.review.site import Site
from pipeline.runs.record import RunRecord, ScrapRecord
from pipeline.store import digest as digests
from pipeline.store.objects import project_store

URI = "postgresql://ann:secret@db/late"


def record(root: Path, run: str = NEW) -> RunRecord:
    """Write a run of three stages, of which the second makes a model and the third registers it."""
    model = ScrapRecord(kind="model", digest=digests.of_bytes(run.encode()), size_bytes=1)
    stages = [
        stage("cut", run, sources={URI: "sha256:d1"}, scraps={"train": scrap("rows", inline=False, rows=7000)}),
        stage("look", run, sources={URI: "sha256:d1", "champion:": "x"}, scraps={"profile": scrap("p", rows=9)}),
        stage("fit", run, upstreams={"cut": f"reports/{run}/cut.ipynb"}, scraps={"model": model}),
        stage("keep", run, upstreams={"fit": f"reports/{run}/fit.ipynb"}),
    ]
    version = {"name": "m", "version": 1, "model_digest": model.digest}
    return past(root, run, *stages, model_version=version).record


def test_source_is_named_once_with_who_loaded_it_and_without_its_password(tmp_path: Path) -> None:
    found = origins.sources(record(tmp_path))
    assert [(each.uri, each.digest, each.stages) for each in found] == [
        ("postgresql://db/late", "sha256:d1", ("cut", "look"))
    ]


def test_model_is_traced_to_its_stage_and_the_tables_that_this_took(tmp_path: Path) -> None:
    found = record(tmp_path)
    maker = origins.maker(found)
    assert maker is not None
    assert maker.name == "fit"
    assert [(each.stage, each.name, each.scrap.rows) for each in origins.learnt_from(found)] == [("cut", "train", 7000)]


def test_run_without_a_model_or_with_one_of_elsewhere_has_no_maker(tmp_path: Path) -> None:
    for run, version in ((OLD, None), (NEW, {"name": "m", "version": 1, "model_digest": "sha256:other"})):
        found = past(tmp_path, run, stage("fit", run), model_version=version).record
        assert (origins.maker(found), [*origins.learnt_from(found)]) == (None, [])


@pytest.mark.slow
def test_page_tells_the_data_the_model_and_when_it_answered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").write_text("[tool.pipeline]\n")
    began, previous = datetime(2026, 11, 2, 3, 4, tzinfo=UTC), None
    for days, run in enumerate((OLD, NEW)):
        digest = project_store().put(run.encode())
        record(tmp_path, run)
        given = {"model_digest": digest, "data_digest": "d", "test_digest": "t", "threshold": 0.5, "run": run}
        promote(
            Promotion(name="m", version=days + 1, when=began + timedelta(days=days), **given),  # type: ignore[arg-type]
            against=previous,
        )
        previous = digest
    library = Library(
        root=tmp_path, notebooks=tmp_path, reports=tmp_path / "reports", state=tmp_path / ".pipeline", budget_bytes=9
    )
    site = Site(library=library, lines=library.lines())
    old, new = (
        html.unescape(re.sub(r"<[^>]+>", "", re.sub(r"\s+", " ", site.run(library.find(run))))) for run in (OLD, NEW)
    )
    assert "Datapostgresql://db/late sha256:d1, loaded by cut, look" in new
    assert "Tables given to the modeltrain of cut, 7,000 rows sha256:" in new
    assert "m version 1 champion, made by fit" in new
    assert "from 2026-11-03 03:04 UTC on; it is the model that answers" in new
    assert "Deployed" not in new
    assert "from 2026-11-02 03:04 UTC to 2026-11-03 03:04 UTC" in old
    assert "secret" not in old + new.partition("Parameters")[0]


@pytest.mark.slow
def test_page_tells_where_the_version_was_released_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").write_text("[tool.pipeline]\n")
    record(tmp_path)
    named = {"model": "m", "bundle": "b", "since": datetime(2026, 11, 4, 5, 6, tzinfo=UTC)}
    for target, version, state, url in (
        ("local", 1, State.READY, "http://127.0.0.1:8080"),
        ("kubernetes", 1, State.WRITTEN, ""),
        ("container", 1, State.WITHDRAWN, "http://gone"),
        ("aws-lambda", 2, State.READY, "arn:other"),
    ):
        made = Deployment(target=target, version=version, state=state, url=url, **named)  # type: ignore[arg-type]
        records.write(tmp_path / ".pipeline/deployments/m" / target, made)
    state = tmp_path / ".pipeline"
    library = Library(root=tmp_path, notebooks=tmp_path, reports=tmp_path / "reports", state=state, budget_bytes=9)
    site = Site(library=library, lines=library.lines())
    told = html.unescape(re.sub(r"<[^>]+>", "", re.sub(r"\s+", " ", site.run(library.find(NEW)))))
    assert "Deployedkubernetes since 2026-11-04 05:06 UTC, once somebody puts it in force" in told
    assert "local at http://127.0.0.1:8080 since 2026-11-04 05:06 UTC" in told
    assert "gone" not in told
    assert "arn:other" not in told
    (state / "deployments/m/local/released.json").write_text("{")
    assert "Deployed" not in site.run(library.find(NEW))
