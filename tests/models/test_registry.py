import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from candidates import ROWS, archive, candidate, fitted

from pipeline.errors import ModelError, ScrapError, StoreError
from pipeline.models import registry
from pipeline.models.connection import session
from pipeline.models.promotion import champion, history, rollback
from pipeline.models.registry import find, follow, load, promote, register, set_alias
from pipeline.store.objects import project_store

pytestmark = [pytest.mark.usefixtures("project"), pytest.mark.slow]


def test_register_numbers_versions_from_1() -> None:
    assert [register("model", candidate(strength)).version for strength in (1.0, 2.0)] == [1, 2]
    assert register("other", candidate(3.0)).version == 1


def test_register_keeps_where_the_version_came_from(project: Path) -> None:
    git = shutil.which("git")
    assert git is not None
    identity = ["-c", "user.name=test", "-c", "user.email=test@example.org"]
    for command in (["init", "-q"], [*identity, "commit", "-q", "--allow-empty", "-m", "start"]):
        subprocess.run([git, *command], check=True, cwd=project)
    made = candidate()
    version = register("model", made)
    head = subprocess.run([git, "rev-parse", "HEAD"], check=True, cwd=project, capture_output=True, text=True).stdout
    assert (version.model_digest, version.data_digest, version.run) == (made.model_digest, made.data_digest, made.run)
    assert version.git_commit == head.strip()
    assert timedelta(minutes=-1) < datetime.now(UTC) - version.registered < timedelta(minutes=1)
    assert version == find("model", 1)


def test_register_has_no_commit_when_the_project_is_in_no_repository() -> None:
    assert register("model", candidate()).git_commit == ""


def test_register_writes_an_mlflow_run_with_parameters_and_metrics() -> None:
    register("model", candidate())
    with session("cannot look") as client:
        run = client.get_run(client.get_model_version("model", "1").run_id)
    assert run.data.params == {"C": "1.0", "solver": "lbfgs"}
    assert run.data.metrics == {"roc_auc": 0.75, "roc_auc_low": 0.7}
    assert run.info.status == "FINISHED"


def test_register_returns_the_version_that_is_there_when_the_lineage_is_the_same() -> None:
    first = register("model", candidate())
    assert register("model", candidate()) == first
    assert register("model", candidate(run="20261124T000000Z-000000")) == first
    assert register("other", candidate()).name == "other"


def test_register_makes_a_new_version_when_the_lineage_is_another() -> None:
    register("model", candidate())
    assert register("model", candidate(data_digest="sha256:" + 64 * "e")).version == 2


def test_register_makes_a_new_version_when_the_files_of_the_old_one_are_gone(project: Path) -> None:
    register("model", candidate())
    shutil.rmtree(project / ".pipeline" / "mlartifacts")
    assert register("model", candidate()).version == 2
    assert load("model", 2).predict(ROWS).tolist() == fitted().predict(ROWS).tolist()


def test_register_writes_into_the_copy_when_a_project_was_copied(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    register("model", candidate(1.0))
    before = sorted(project.rglob("*"))
    copy = project.with_name("copy")
    shutil.copytree(project, copy)
    monkeypatch.chdir(copy)
    version = register("model", candidate(2.0))
    assert version.version == 2
    assert version.uri.startswith(copy.as_uri())
    assert sorted(project.rglob("*")) == before


def test_register_keeps_a_metric_that_is_not_a_number_apart() -> None:
    register("model", candidate(metrics={"roc_auc": {"value": float("nan")}}))
    with session("cannot look") as client:
        metrics = client.get_run(client.get_model_version("model", "1").run_id).data.metrics
    assert list(metrics) == ["roc_auc"]
    assert np.isnan(metrics["roc_auc"])


def test_register_refuses_a_model_that_is_not_in_the_store() -> None:
    with pytest.raises(StoreError, match="is not in the store"):
        register("model", candidate(model_digest="sha256:" + 64 * "0"))


@pytest.mark.parametrize("name", ["", "../up", "a/b", "it's", "a:b", " a", "-x", "a\nb"])
def test_register_refuses_a_name_that_is_none(name: str) -> None:
    with pytest.raises(ModelError, match="is no name for a model: it starts with a letter or digit"):
        register(name, candidate())


@pytest.mark.parametrize(
    "change", [{"metrics": {"roc auc!": {"value": 0.5}}}, {"metrics": {"roc_auc": {"value": None}}}]
)
def test_register_says_what_was_refused_and_registers_nothing(change: dict[str, Any]) -> None:
    with pytest.raises(ModelError, match=r"cannot register a version of 'model': .* The registry is at sqlite:"):
        register("model", candidate(**change))
    with pytest.raises(ModelError, match="has no model 'model'"):
        find("model", 1)


def test_load_returns_a_model_that_predicts_the_same_to_the_last_digit() -> None:
    made = candidate()
    register("model", made)
    predicted = load("model", 1).predict_proba(ROWS)[:, 1]
    assert predicted.tolist() == made.golden["prediction"].tolist()


def test_set_alias_moves_it_from_one_version_to_another() -> None:
    for strength in (1.0, 2.0):
        set_alias("model", "champion", register("model", candidate(strength)).version)
        assert find("model", "champion").version == find("model", 1 if strength == 1 else 2).version
    assert find("model", 1).aliases == ()
    assert set(find("model", 2).aliases) == {"champion", "challenger"}
    assert load("model", "champion")[-1].C == 2.0


def test_promote_moves_alias_and_pointer_together() -> None:
    against = None
    for strength in (1.0, 2.0):
        made = register("model", candidate(strength))
        promoted = promote("model", made.version, run="run", against=against)
        against = made.model_digest
        found = find("model", "champion")
        assert (found.version, found.model_digest) == (promoted.version, promoted.model_digest)
        assert champion("model") == promoted
    assert promote("model", 2, run="another run", against=None) == promoted
    assert [line.version for line in history()] == [1, 2]


def test_promote_leaves_the_champion_of_another_name() -> None:
    for name in ("model", "other"):
        promote(name, register(name, candidate()).version, run="run", against=None)
    assert find("model", "champion").version == find("other", "champion").version == 1


def test_aliases_name_what_answers_what_answered_before_and_what_was_registered_last() -> None:
    versions = [register("model", candidate(strength)) for strength in (1.0, 2.0, 3.0)]
    promote("model", 1, run="run", against=None)
    assert [find("model", version).aliases for version in (1, 3)] == [("champion",), ("challenger",)]
    promote("model", 3, run="run", against=versions[0].model_digest)
    assert [find("model", version).aliases for version in (1, 2, 3)] == [("previous",), (), ("champion",)]


def test_aliases_follow_a_rollback() -> None:
    versions = [register("model", candidate(strength)) for strength in (1.0, 2.0)]
    promote("model", 1, run="run", against=None)
    promote("model", 2, run="run", against=versions[0].model_digest)
    rollback("model", None, by="", reason="")
    follow("model")
    assert [find("model", version).aliases for version in (1, 2)] == [("champion",), ("previous",)]


def test_promote_moves_neither_alias_nor_pointer_when_an_old_verdict_is_used_again() -> None:
    first, second = (register("model", candidate(strength)) for strength in (1.0, 2.0))
    promote("model", 1, run="run", against=None)
    promote("model", 2, run="run", against=first.model_digest)
    with pytest.raises(ModelError, match="'model' version 1 is not promoted: it was judged against none"):
        promote("model", 1, run="run", against=None)
    assert find("model", "champion").version == second.version
    assert [line.version for line in history()] == [1, 2]


def test_promote_keeps_what_the_champion_was_made_from() -> None:
    made = candidate()
    promote("model", register("model", made).version, run="run", against=None)
    found = champion("model")
    assert found is not None
    assert (found.data_digest, found.test_digest, found.threshold) == (made.data_digest, made.test_digest, 0.4)


def test_promote_refuses_a_version_that_does_not_say_what_it_was_tested_on() -> None:
    register("model", candidate(test_digest=""))
    with pytest.raises(ModelError, match=r"version 1 of 'model' cannot become champion: .* Register the model again"):
        promote("model", 1, run="run", against=None)


def test_promote_moves_nothing_when_there_is_no_such_version() -> None:
    promote("model", register("model", candidate()).version, run="run", against=None)
    with pytest.raises(ModelError, match="no version or alias 2"):
        promote("model", 2, run="run", against=None)
    assert find("model", "champion").version == 1
    assert len(history()) == 1


def test_find_names_what_is_there_when_the_model_or_version_is_not() -> None:
    set_alias("model", "champion", register("model", candidate()).version)
    with pytest.raises(ModelError, match=r"has no model 'modle': did you mean 'model'\?"):
        find("modle", 1)
    with pytest.raises(
        ModelError,
        match=r"no version or alias 7: there are the versions \[1\] and the aliases \['challenger', 'champion'\]",
    ):
        find("model", 7)
    with pytest.raises(ModelError, match="no version or alias 'previous'"):
        load("model", "previous")
    with pytest.raises(ModelError, match="no version or alias 9"):
        set_alias("model", "champion", 9)


def damage(project: Path, change: Callable[[Path], object]) -> None:
    [path] = (project / ".pipeline" / "mlartifacts").rglob("model.skops")
    change(path)


def test_load_refuses_a_model_that_was_changed(project: Path) -> None:
    register("model", candidate())
    damage(project, lambda path: path.write_bytes(archive(9.0)))
    with pytest.raises(ModelError, match="version 1 of 'model' was changed"):
        load("model", 1)


def test_load_says_which_version_when_its_files_are_gone(project: Path) -> None:
    register("model", candidate())
    damage(project, Path.unlink)
    with pytest.raises(ModelError, match="cannot read version 1 of 'model': "):
        load("model", 1)


def test_load_never_trusts_the_types_that_the_files_name(project: Path) -> None:
    """A crafted archive under a digest that fits: only our own list of types counts, not the one in the folder."""
    import skops.io

    class_outside = skops.io.dumps({"callback": subprocess.Popen})
    digest = project_store().put(class_outside)
    register("model", candidate())
    damage(project, lambda path: path.write_bytes(class_outside))
    with sqlite3.connect(project / ".pipeline" / "mlflow.db") as connection:
        connection.execute("UPDATE model_version_tags SET value = ? WHERE key = 'model_digest'", (digest,))
    connection.close()
    with pytest.raises(ScrapError, match="cannot be loaded safely"):
        load("model", 1)


def test_registry_imports_mlflow_only_when_it_is_used() -> None:
    code = f"import {registry.__name__}, sys; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"mlflow", "pandas", "sklearn", "skops"} & set(loaded)
