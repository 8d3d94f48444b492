"""The graph is inferred from upstream parameters; what makes it no graph is named."""

from pathlib import Path

import pytest
from projects import Project

from pipeline.errors import GraphError
from pipeline.stages.graph import read_graph

UP = "{0}: Upstream = 'reports/latest/{0}.ipynb'".format


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def stage(project: Project, name: str, *upstreams: str) -> None:
    project.notebook(name, "\n".join(map(UP, upstreams)), "\n".join(upstreams))


def test_stages_are_ordered_after_what_they_take_from(project: Project) -> None:
    stage(project, "a", "c")
    stage(project, "b")
    stage(project, "c", "b")
    graph = read_graph(project.root / "notebooks")
    assert list(graph.stages) == ["b", "c", "a"]
    assert graph.upstreams("a") == ("c",)


def test_upstream_is_the_stage_of_its_default_report(project: Project) -> None:
    stage(project, "prep")
    project.notebook("train", "features: Upstream = 'reports/latest/prep.ipynb'", "features")
    assert read_graph(project.root / "notebooks").upstreams("train") == ("prep",)


def on_request(project: Project, name: str, *upstreams: str) -> None:
    stage(project, name, *upstreams)
    path = project.root / "notebooks" / f"{name}.ipynb"
    path.write_text(path.read_text().replace('"parameters"]', '"parameters", "on-request"]'))


def test_stage_on_request_runs_only_where_it_is_named_or_needed(project: Project) -> None:
    stage(project, "a")
    on_request(project, "b", "a")
    graph = read_graph(project.root / "notebooks")
    assert list(graph.only([]).stages) == ["a"]
    assert list(graph.only(["b"]).stages) == ["a", "b"]
    stage(project, "c", "b")
    assert list(read_graph(project.root / "notebooks").only([]).stages) == ["a", "b", "c"]


def test_one_has_to_be_named_where_each_stage_is_on_request(project: Project) -> None:
    on_request(project, "a")
    with pytest.raises(GraphError, match="each stage is on request, so one has to be named: there are 'a'"):
        read_graph(project.root / "notebooks").only([])


def test_targets_bring_all_that_they_need(project: Project) -> None:
    stage(project, "a")
    stage(project, "b", "a")
    stage(project, "c", "b")
    stage(project, "d", "a")
    assert set(read_graph(project.root / "notebooks").only(["c"]).stages) == {"a", "b", "c"}


def test_unknown_target_is_refused_with_near_matches(project: Project) -> None:
    stage(project, "train")
    with pytest.raises(GraphError, match="no stage 'trian': did you mean 'train'"):
        read_graph(project.root / "notebooks").only(["trian"])


def test_missing_upstream_is_refused_with_near_matches(project: Project) -> None:
    stage(project, "prep")
    stage(project, "train", "perp")
    with pytest.raises(GraphError, match="takes the stage 'perp', which is not in the project; did you mean 'prep'"):
        read_graph(project.root / "notebooks")


def test_cycle_is_refused_by_its_stages(project: Project) -> None:
    stage(project, "a", "b")
    stage(project, "b", "c")
    stage(project, "c", "a")
    with pytest.raises(GraphError, match=r"in a ring: .*a -> .*b"):
        read_graph(project.root / "notebooks")


def test_two_stages_of_one_name_are_refused(project: Project) -> None:
    stage(project, "a")
    stage(project, "more/a")
    with pytest.raises(GraphError, match=r"two stages are named 'a': .*notebooks/a\.ipynb and .*more/a\.ipynb"):
        read_graph(project.root / "notebooks")


def test_checkpoints_are_no_stages(project: Project) -> None:
    stage(project, "a")
    stage(project, ".ipynb_checkpoints/a-checkpoint")
    assert list(read_graph(project.root / "notebooks").stages) == ["a"]


def test_folder_without_notebooks_is_refused(tmp_path: Path) -> None:
    with pytest.raises(GraphError, match="there is no notebook in"):
        read_graph(tmp_path)


def test_hundreds_of_stages_in_a_row_are_ordered(project: Project) -> None:
    for number in range(300):
        stage(project, f"s{number:04}", *([f"s{number - 1:04}"] if number else []))
    assert list(read_graph(project.root / "notebooks").stages) == [f"s{number:04}" for number in range(300)]
