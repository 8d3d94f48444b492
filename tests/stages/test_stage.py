"""A notebook is read as a stage without running it, and what can be wrong with it is said by name."""

import json
from pathlib import Path

import pytest
from projects import Project, cell, document

from pipeline.errors import NotebookError, ParameterError
from pipeline.stages.notebook import read, without_magics
from pipeline.stages.stage import Stage, open_stage


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def test_stage_knows_its_parameters_upstreams_reads_and_glues(project: Project) -> None:
    path = project.notebook(
        "train",
        'prep: Upstream = "reports/latest/prep.ipynb"\n'
        'alpha: float = 0.5  # learning rate, 0 to 1\nname = "a=1 # no comment"',
        "found = read(prep)\ntable = found['train']\nn = found.digest('schema')",
        "glue('model', (alpha, name))\nglue(name='later', value=1)",
    )
    stage = open_stage(path)
    assert stage.name == "train"
    assert stage.question == "What do we see?"
    assert stage.upstreams == {"prep": "prep"}
    assert stage.reads == {"prep": ("train", "schema")}
    assert stage.glues == ("model",)
    alpha, name = stage.parameters.values()
    assert (alpha.annotation, alpha.default, alpha.meaning) == ("float", "0.5", "learning rate, 0 to 1")
    assert (name.annotation, name.default, name.meaning) == ("", "'a=1 # no comment'", "")


def test_stage_knows_the_tables_that_it_loads(project: Project) -> None:
    path = project.notebook(
        "s", "a: str = 'a'\nb: str = 'b'", "t = sources.load(a, target=b, time=None)\npickle.load(a)\nsources.load('x')"
    )
    assert open_stage(path).loads == ({"source": "a", "target": "b"},)


def test_meaning_is_found_however_the_line_is_wrapped(project: Project) -> None:
    path = project.notebook("s", "rows: int = (\n    40_000  # that the search looks at\n)", "rows")
    assert open_stage(path).parameters["rows"].meaning == "that the search looks at"


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("a = b = 3", ["a", "b"]),
        ("a, b = 1, 2", ["a", "b"]),
        ("x: int | None = None", ["x"]),
        ('x: Literal["a", "b"] = "a"', ["x"]),
        ("url = 'postgres://u:p@h/d?x=1'", ["url"]),
        ("import os\nx = 1", ["x"]),
        ("x: int", ["x"]),
        ("%matplotlib inline\nx: int = 1", ["x"]),
        ("def broken(:", []),
    ],
)
def test_declarations_are_found_in_any_python(project: Project, source: str, names: list[str]) -> None:
    path = project.notebook("s", source)
    assert [found.name for found in Stage(read(path)).declarations] == names


@pytest.mark.parametrize(
    "use",
    [
        "print(alpha)",
        "f'{alpha}'",
        "!echo {alpha}",
        "%timeit alpha",
        "%%bash\necho $alpha",
        "x = !ls $alpha",
    ],
)
def test_parameter_counts_as_read_however_a_cell_reads_it(project: Project, use: str) -> None:
    assert open_stage(project.notebook("s", "alpha = 1", use)).parameters


def test_parameter_that_no_cell_reads_is_refused(project: Project) -> None:
    path = project.notebook("s", "alpha = 1", "alpa = 2")
    with pytest.raises(ParameterError, match=r"s\.ipynb: no cell reads the parameter 'alpha'"):
        open_stage(path)


@pytest.mark.parametrize(
    "again",
    [
        "alpha = 2",
        "alpha += 1",
        "alpha: int = 2",
        "for alpha in []: pass",
        "with open('x') as alpha: pass",
        "import os as alpha",
        "def alpha(): pass",
        "(alpha := 2)",
        "del alpha",
        "[alpha, *_] = [1]",
        "try:\n    pass\nexcept ValueError as alpha:\n    pass",
    ],
)
def test_parameter_that_is_assigned_again_is_refused(project: Project, again: str) -> None:
    path = project.notebook("s", "alpha = 1", f"print(alpha)\n{again}")
    with pytest.raises(ParameterError, match=r"cell 4 \(work-1\) assigns the parameter 'alpha' again"):
        open_stage(path)


@pytest.mark.parametrize(
    "inner", ["def f(alpha): alpha = 2", "[alpha for alpha in []]", "lambda alpha: alpha", "class C:\n    alpha = 2"]
)
def test_name_of_an_inner_scope_is_not_the_parameter(project: Project, inner: str) -> None:
    assert open_stage(project.notebook("s", "alpha = 1", f"print(alpha)\n{inner}")).parameters


def test_parameter_declared_twice_is_refused(project: Project) -> None:
    with pytest.raises(ParameterError, match="declares the parameter 'a' twice"):
        open_stage(project.notebook("s", "a = 1\na = 2", "a"))


def test_stage_without_a_parameters_tag_is_refused(project: Project) -> None:
    path = project.write("notebooks/s.ipynb", json.dumps(document([cell("code", "one", "x = 1")])))
    with pytest.raises(NotebookError, match="no code cell tagged `parameters`"):
        open_stage(path)


def test_stage_in_another_language_is_refused(project: Project) -> None:
    kernel = {"kernelspec": {"name": "ir", "display_name": "R", "language": "R"}}
    path = project.write("notebooks/s.ipynb", json.dumps(document([cell("code", "one", "x <- 1")], **kernel)))
    with pytest.raises(NotebookError, match="is in r: a stage is a notebook in Python"):
        open_stage(path)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b'{"cells": [', "not JSON"),
        (b"[]", "not a notebook of format 4"),
        (b'{"nbformat": 3, "worksheets": []}', r"nbformat 3\)\. Convert it"),
        (b'{"nbformat": 4}', "no list of cells"),
        (b'{"nbformat": 4, "cells": [5]}', "cell 1 is no cell"),
        (b"[" * 100_000, "not JSON"),
    ],
)
def test_file_that_is_no_notebook_is_refused(tmp_path: Path, content: bytes, why: str) -> None:
    path = tmp_path / "s.ipynb"
    path.write_bytes(content)
    with pytest.raises(NotebookError, match=why):
        read(path)


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotebookError, match=r"cannot read .*none\.ipynb: No such file"):
        read(tmp_path / "none.ipynb")


def test_notebook_of_any_4_format_is_read(tmp_path: Path) -> None:
    old = {
        "nbformat": 4,
        "nbformat_minor": 0,
        "metadata": {},
        "cells": [
            {"cell_type": "markdown", "source": ["# T\n", "\n", "Why?"]},
            {"cell_type": "code", "source": ["a = 1\n", "b = 2"], "metadata": {"tags": None}},
            {"cell_type": "code", "source": "c", "metadata": None},
        ],
    }
    path = tmp_path / "old.ipynb"
    path.write_text(json.dumps(old))
    notebook = read(path)
    assert (notebook.language, notebook.kernel, notebook.minor) == ("python", "", 0)
    assert [(each.id, each.source) for each in notebook.code] == [("code-1", "a = 1\nb = 2"), ("code-2", "c")]


def test_code_digest_counts_code_and_not_prose_or_declarations(project: Project) -> None:
    def digests(**change: str) -> list[str]:
        parts = {"parameters": "a = 1", "work": "print(a)", "prose": "Why?"} | change
        path = project.notebook("s", parts["parameters"], parts["work"], prose=parts["prose"])
        return list(open_stage(path).code().values())

    assert digests() == digests(prose="Another question?") == digests(parameters="a: int = 2  # with a type")
    assert digests() != digests(work="print(a + 0)")
    assert digests() != digests(parameters="import os\na = 1")
    assert digests(parameters="a, *b = 1, 2") != digests(parameters="a, *b = 1, 3")


def test_parameters_that_are_not_python_are_refused(project: Project) -> None:
    with pytest.raises(NotebookError, match=r"cell 3 \(parameters\), which declares parameters, is not Python"):
        open_stage(project.notebook("s", "a: int = = 3", "a"))


@pytest.mark.parametrize("annotation", ["Annotated[Upstream, 'x']", "Upstream | None", "'Upstream'"])
def test_upstream_makes_an_edge_however_it_is_written(project: Project, annotation: str) -> None:
    path = project.notebook("s", f"prep: {annotation} = 'reports/latest/prep.ipynb'", "prep")
    assert open_stage(path).upstreams == {"prep": "prep"}


@pytest.mark.parametrize(
    ("source", "plain"),
    [
        ("%%html\n<b>", ""),
        ("if True:\n    !ls", "if True:\n    pass"),
        ("a %= 2\nb = a % 3", "a %= 2\nb = a % 3"),
        ("print?", "pass"),
        ("x = %sql select 1", "x = None"),
        ("%%time\nx = 1", "\nx = 1"),
    ],
)
def test_magics_are_replaced_and_python_is_left(source: str, plain: str) -> None:
    assert without_magics(source) == plain


def test_name_that_python_spells_in_another_way_is_found(tmp_path: Path) -> None:
    micro, greek = "\u00b5", "\u03bc"  # one name to Python
    stage = Project(tmp_path).notebook("s", f"{micro}: float = 0.5", f"print({greek})")
    assert [each.name for each in open_stage(stage).declarations] == [greek]
