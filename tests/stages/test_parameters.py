"""Every value is checked against its parameter before anything runs, and stands in the injected cell as it is."""

import ast
import json
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from projects import Project

from pipeline.errors import ParameterError, SettingsError
from pipeline.handoff import lookup
from pipeline.stages.graph import read_graph
from pipeline.stages.injection import Values, expression, inject, resolve_all

SETTINGS = {"data": {"target": "late", "until": date(2013, 5, 1)}}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def resolved(project: Project, parameters: str, imports: str = "", **given: str) -> dict[str, Any]:
    names = [
        node.targets[0].id if isinstance(node, ast.Assign) else node.target.id for node in ast.parse(parameters).body
    ]
    project.notebook("s", parameters, imports, *names)
    graph = read_graph(project.root / "notebooks")
    return resolve_all(graph, given, lambda key, default=...: lookup(SETTINGS, key, default))["s"].values


@pytest.mark.parametrize(
    ("declaration", "text", "value"),
    [
        ("x: int = 1", "40", 40),
        ("x: int = 1", "007", 7),
        ("x: float = 1.0", "1e-3", 0.001),
        ("x: str = 'a'", "007", "007"),
        ("x: str = 'a'", "true", "true"),
        ("x: bool = False", "true", True),
        ("x: int | None = 3", "null", None),
        ("x: int | None = 3", "None", None),
        ("x: list[str] = []", '["a", "b"]', ["a", "b"]),
        ("x: dict[str, float] = {}", '{"a": 1}', {"a": 1.0}),
        ("x: Literal['a', 'b'] = 'a'", "b", "b"),
        ("x: date = date(2013, 1, 1)", "2013-05-01", date(2013, 5, 1)),
        ("x: Path = Path('a')", "b/c", Path("b/c")),
        ("x: tuple[int, ...] = (1,)", "[1, 2]", (1, 2)),
        ("x = 5", "6", 6),
        ("x = None", "anything", "anything"),
        ("x: Annotated[int, Field(ge=1, le=9)] = 3", "9", 9),
    ],
)
def test_text_is_read_as_the_type_says(project: Project, declaration: str, text: str, value: object) -> None:
    imports = "from datetime import date\nfrom pathlib import Path\nfrom typing import *\nfrom pydantic import Field"
    imports = imports.replace("typing import *", "typing import Annotated, Literal")
    found = resolved(project, declaration, imports, x=text)["x"]
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("declaration", "text", "why"),
    [
        (
            "x: int = 1  # trials, 1 or more",
            "many",
            r"is 'many', not int \(trials, 1 or more\): Input should be a valid integer",
        ),
        ("x: int = 1", "1.5", "not int"),
        ("x: Literal['a', 'b'] = 'a'", "c", "Input should be 'a' or 'b'"),
        ("x: Annotated[int, Field(ge=1)] = 3", "0", "greater than or equal to 1"),
        ("x: list[int] = []", "1,2", "not list"),
    ],
)
def test_value_of_a_wrong_type_or_range_is_refused(project: Project, declaration: str, text: str, why: str) -> None:
    imports = "from typing import Annotated, Literal\nfrom pydantic import Field"
    with pytest.raises(ParameterError, match=rf"s\.ipynb: parameter 'x' from the command line .*{why}"):
        resolved(project, declaration, imports, x=text)


def test_default_of_a_wrong_type_is_refused(project: Project) -> None:
    with pytest.raises(ParameterError, match="parameter 'x' from its default is 'a', not int"):
        resolved(project, "x: int = 'a'")


def test_parameter_without_a_default_has_to_be_given(project: Project) -> None:
    assert resolved(project, "x: int", x="3") == {"x": 3}
    with pytest.raises(ParameterError, match="the parameter 'x' has no default: give it, `-p x"):
        resolved(project, "x: int")


def test_default_may_be_computed(project: Project) -> None:
    assert resolved(project, "x: list[int] = [i * 2 for i in range(3)]") == {"x": [0, 2, 4]}


def test_value_for_one_stage_wins_over_one_for_all(project: Project) -> None:
    assert resolved(project, "x: int = 1", **{"s.x": "2", "x": "3"}) == {"x": 2}


def test_unknown_name_is_refused_with_near_matches(project: Project) -> None:
    with pytest.raises(ParameterError, match="no stage has a parameter 'trails': did you mean 'trials'"):
        resolved(project, "trials: int = 1", trails="2")


def test_name_that_is_code_is_refused(project: Project) -> None:
    with pytest.raises(ParameterError, match="no stage has a parameter"):
        resolved(project, "a: int = 1", **{"a=1\nimport os #": "2"})


def test_annotation_that_nothing_imports_is_refused(project: Project) -> None:
    with pytest.raises(ParameterError, match=r"cannot understand the parameter `x: Colour = 1` \(NameError"):
        resolved(project, "x: Colour = 1")


def test_value_that_no_report_can_show_is_refused(project: Project) -> None:
    with pytest.raises(ParameterError, match="parameter 'x' cannot be kept in a report: a complex"):
        resolved(project, "x = 1j")


def test_setting_is_the_default_that_it_names(project: Project) -> None:
    found = resolved(
        project,
        "a: str = setting('data.target')\nb: date | None = setting('data.until', default=None)",
        "from datetime import date",
    )
    assert found == {"a": "late", "b": date(2013, 5, 1)}


def test_setting_that_is_not_there_is_refused(project: Project) -> None:
    with pytest.raises(SettingsError, match=r"\[tool.pipeline\] has no 'data.tarte': .* did you mean 'target'"):
        resolved(project, "a: str = setting('data.tarte')")


def test_one_stage_is_addressed_by_its_name(project: Project) -> None:
    project.notebook("a", "n: int = 1", "n")
    project.notebook("b", "n: int = 1", "n")
    graph = read_graph(project.root / "notebooks")
    found = resolve_all(graph, {"b.n": "2"}, lookup)
    assert {name: values.values for name, values in found.items()} == {"a": {"n": 1}, "b": {"n": 2}}


def test_stage_that_lacks_the_parameter_is_named(project: Project) -> None:
    with pytest.raises(ParameterError, match=r"no stage has a parameter 's\.m': did you mean 's\.n'"):
        resolved(project, "n: int = 1", **{"s.m": "2"})


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary()
    | st.dates()
    | st.datetimes(timezones=st.none() | st.just(UTC))
    | st.times()
    | st.timedeltas()
    | st.decimals(allow_nan=False)
    | st.sampled_from([Path("a/b"), Path("c d")]),
    lambda inner: st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(st.text(), inner),
    max_leaves=6,
)


@given(VALUES)
def test_injected_expression_is_the_value(value: object) -> None:
    namespace: dict[str, Any] = {}
    exec("import datetime as _datetime, decimal as _decimal, pathlib as _pathlib", namespace)  # noqa: S102 - what the cell has on top
    found = eval(expression(value), namespace)  # noqa: S307 - our own expression
    assert (found, type(found)) == (value, type(value))


def test_value_without_an_expression_is_refused() -> None:
    with pytest.raises(ParameterError, match="a object cannot be written into a notebook"):
        expression(object())


def test_injected_cell_follows_the_parameters_and_leaves_the_source_alone(project: Project) -> None:
    path = project.notebook("s", "a: int = 1\nup: Upstream = 'reports/latest/r.ipynb'", "a, up")
    source = json.loads(path.read_text())
    found = inject(source, Values({"a": 2}), {"up": "reports/R/r.ipynb"})
    assert json.loads(path.read_text()) == source
    assert [each["id"] for each in found["cells"]] == ["title", "setup", "parameters", "injected-parameters", "work-1"]
    assert found["cells"][3]["source"] == "# Parameters of this run\nup = 'reports/R/r.ipynb'\na = 2"
    assert found["metadata"]["papermill"]["parameters"] == {"up": "reports/R/r.ipynb", "a": 2}


def test_expressions_do_not_need_the_names_of_the_notebook() -> None:
    value = {"at": datetime(2013, 5, 1, tzinfo=UTC), "for": timedelta(1), "on": time(3), "sum": Decimal("1.10")}
    assert "_datetime.datetime(2013, 5, 1, 0, 0, tzinfo=_datetime.timezone.utc)" in expression(value)
