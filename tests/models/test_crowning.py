"""A version answers that somebody names, where its gates and the asked approval allow it; the past can be followed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from candidates import candidate
from kept import Kept

from pipeline.errors import GateError, ModelError
from pipeline.models import audit, lineage, promotion, registry
from pipeline.models.approval import Policy
from pipeline.models.crowning import admit, crown
from pipeline.models.versions import Version
from pipeline.store.objects import project_store

pytestmark = pytest.mark.slow


def version(project: Path, number: int, verdict: object = None) -> Version:
    """Register a version whose run is there, with a verdict on it."""
    run = f"2026010{number}T000000Z-00000{number}"
    data = {name: project_store().put(name.encode()) for name in ("data", "test")}
    made = candidate(float(number), run=run, data_digest=data["data"], test_digest=data["test"])
    found = registry.register("m", made)
    present = promotion.champion("m")
    told = verdict or {"passed": True, "gates": [], "against": present and present.model_digest}
    Kept(project).judged(run, model_version=found.as_scrap(), verdict=told)
    return found


def crowned(project: Path, found: Version, policy: Policy | None = None) -> promotion.Promotion:
    return crown(project, project / "reports", found, policy=policy, by="Ada", reason="It is better.")


def test_crown_notes_who_and_why(project: Path) -> None:
    made = crowned(project, version(project, 1))
    assert (made.version, made.by, made.reason) == (1, "Ada", "It is better.")
    assert promotion.champion("m") == made
    assert registry.find("m", "champion").version == 1


def test_crown_refuses_a_version_whose_gates_refused(project: Path) -> None:
    gates = [{"name": "roc_auc", "passed": False, "message": "ROC AUC may be as low as 0.4."}]
    found = version(project, 1, {"passed": False, "gates": gates})
    with pytest.raises(
        GateError, match=r"'m' version 1 is not promoted, its gates did not pass:\n  ROC AUC may be as low"
    ):
        crowned(project, found)
    assert promotion.champion("m") is None


def test_crown_refuses_a_version_whose_run_is_gone(project: Path) -> None:
    found = registry.register("m", candidate())
    with pytest.raises(GateError, match=r"the run .* that judged 'm' version 1 is not here: .* pipeline fetch"):
        crowned(project, found)


def test_crown_refuses_a_version_that_was_judged_against_another_champion(project: Path) -> None:
    first, second = version(project, 1), version(project, 2)
    crowned(project, first)
    with pytest.raises(ModelError, match="'m' version 2 is not promoted: it was judged against none"):
        crowned(project, second)


def test_crown_asks_for_an_approval_where_settings_do(project: Path) -> None:
    found = version(project, 1)
    with pytest.raises(GateError, match="'m' version 1 has no valid approval"):
        crowned(project, found, Policy())
    assert promotion.champion("m") is None


def test_audit_finds_nothing_where_all_agree(project: Path) -> None:
    assert list(audit.problems()) == []
    crowned(project, version(project, 1))
    assert list(audit.problems()) == []


def test_audit_tells_an_alias_that_somebody_moved(project: Path) -> None:
    first = version(project, 1)
    version(project, 2)
    crowned(project, first)
    registry.set_alias("m", "champion", 2)
    assert list(audit.problems()) == [
        "the alias of the registry is at 'm' version 2, the log says that 'm' version 1 answers"
    ]


def test_audit_tells_what_the_store_and_the_registry_lack(project: Path) -> None:
    found = version(project, 1)
    crowned(project, found)
    lost = replace(promotion.history("m")[0], name="other", data_digest="sha256:" + 64 * "9")
    promotion.promote(lost, against=None)
    problems = list(audit.problems())
    assert problems[0].startswith("the object store lacks the training rows of 'other' version 1, which answers now")
    assert problems[1].startswith("the registry names no champion of 'other', the log 'other' version 1")


def test_audit_names_the_first_broken_line(project: Path) -> None:
    crowned(project, version(project, 1))
    log = project / ".pipeline" / "models" / "log.jsonl"
    log.write_text(log.read_text().replace("better", "worse"))
    with pytest.raises(ModelError, match=r"log\.jsonl, line 1: it was changed after it was written"):
        list(audit.problems())


def test_chain_leads_from_the_data_to_what_the_version_did(project: Path) -> None:
    first, second = version(project, 1), None
    crowned(project, first)
    second = version(project, 2)
    crowned(project, second)
    links = lineage.chain(registry.find("m", 1), project / "reports")
    assert list(links) == ["data", "run", "reports", "verdict", "decisions", "version", "answered"]
    assert links["data"]["learnt from"] == first.data_digest
    assert links["run"]["id"] == first.run
    assert links["reports"]["a"].startswith("sha256:")
    assert links["verdict"]["passed"] == "yes"
    assert links["version"]["model"] == first.model_digest
    (told,) = links["answered"].values()
    assert told.startswith("until ")
    assert told.endswith("(Ada: It is better.)")
    assert [*lineage.chain(registry.find("m", 2), project / "reports")["answered"].values()] == [
        "and does now (Ada: It is better.)"
    ]


def test_chain_says_what_is_no_longer_there(project: Path) -> None:
    found = registry.register("m", candidate())
    links = lineage.chain(found, project / "reports")
    assert links["run"] == {"id": found.run, "record": "it is not here: `pipeline fetch` brings it"}
    assert links["data"]["learnt from"].endswith("(no longer in the store)")
    assert links["decisions"] == links["answered"] == {}


def test_at_tells_what_answered_then(project: Path) -> None:
    first = crowned(project, version(project, 1))
    second = crowned(project, version(project, 2))
    assert lineage.at(first.when - timedelta(seconds=1)) == {}
    assert lineage.at(first.when) == {"m": first}
    assert lineage.at(datetime.now(UTC)) == {"m": second}


def test_version_may_answer_a_part_of_the_traffic_unless_a_gate_refused_it(project: Path) -> None:
    unsure = {"name": "roc_auc", "passed": False, "outcome": "inconclusive", "message": "ROC AUC may be lower."}
    bad = {"name": "slices", "passed": False, "outcome": "refused", "message": "Worse where size is small."}
    first = version(project, 1, {"passed": False, "outcome": "inconclusive", "gates": [unsure]})
    admit(project, project / "reports", first, policy=None)
    with pytest.raises(GateError, match="has no valid approval"):
        admit(project, project / "reports", first, policy=Policy())
    second = version(project, 2, {"passed": False, "outcome": "refused", "gates": [unsure, bad]})
    with pytest.raises(
        GateError, match=r"answers nobody, its gates refused it:\n  Worse where size is small.\nTry it as"
    ):
        admit(project, project / "reports", second, policy=None)
