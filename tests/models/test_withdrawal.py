"""A champion that does worse than the one before goes back by itself, and does not return by its gates alone."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from candidates import candidate
from projects import Project

from pipeline.console.progress import lines
from pipeline.models import audit, promotion, registry
from pipeline.retraining.attempts import Attempt, Attempts, Result
from pipeline.store.objects import project_store
from pipeline.upkeep import Decided, Upkeep, carry_out

pytestmark = pytest.mark.slow
WORSE = Decided(moment=datetime.now(UTC), found={"action": "roll back", "causes": [], "held": ["it does worse."]})


@pytest.fixture
def upkeep(project: Path) -> Upkeep:
    """A project whose second version became champion after a training."""
    Project(project).notebook("only", "", "glue('nothing', 0)")
    (project / "pyproject.toml").write_text('[tool.pipeline.models]\nname = "m"\n')
    tables = {name: project_store().put(name.encode()) for name in ("data_digest", "test_digest")}
    for number in (1, 2):
        found = registry.register("m", candidate(float(number), **tables))
        present = promotion.champion("m")
        registry.promote("m", found.version, run="r", against=present and present.model_digest)
    attempts = Attempts("m")
    begun = datetime.now(UTC)
    attempts.begin(Attempt(begun=begun, causes=("drift",), by_hand=False, data="d", rows=1, champion=1))
    attempts.end(Result.PROMOTED, run="r", version=2)
    return Upkeep(project, lines)


def test_version_before_answers_again_and_the_reason_is_kept(upkeep: Upkeep) -> None:
    told: list[str] = []
    code = carry_out(upkeep, WORSE, lambda *_: None, told.append)
    champion = promotion.champion("m")
    assert champion is not None
    assert (code, told) == (4, ["'m' version 1"])
    assert (champion.version, champion.by, champion.reason) == (1, "the watch", "it does worse.")
    assert registry.find("m", "champion").version == 1
    assert promotion.withdrawn("m") == {2}
    assert Attempts("m").past()[-1].result is Result.ROLLED_BACK
    assert list(audit.problems()) == []
