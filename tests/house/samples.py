"""Small projects that break one rule of the house each, and one that breaks none."""

import json

import nbformat.v4
from nbformat import NotebookNode
from rules import build, code, notebooks, texts

REGISTRY = f"files.{'pythonhosted'}.org"  # in pieces, so that this file keeps the rules itself
FOLDER = f"/{'home'}/ann/data.csv"


def function(lines: int) -> str:
    return "def work():\n" + "    x = 1\n" * (lines - 1)


def md(name: str, source: str) -> NotebookNode:
    return nbformat.v4.new_markdown_cell(source, id=name)


def py(name: str, source: str, **metadata: object) -> NotebookNode:
    return nbformat.v4.new_code_cell(source, id=name, metadata=metadata)


def stage(**changed: NotebookNode | None) -> str:
    """A good notebook, with cells changed by id (None: left out)."""
    cells = [
        md("title", "# Count\n\nHow many rows are there?\n\n| takes | gives |\n|---|---|\n| - | rows |"),
        py(
            "setup",
            "from pipeline.figures import answers\nfrom pipeline.handoff import glue, setting\nanswers.reserve()",
        ),
        py("parameters", 'source: str = setting("data.source")  # table to count', tags=["parameters"]),
        md("inputs", "## Inputs"),
        py("load", "rows = len(source)"),
        md("first", "## Size\n\nA table with few rows has wide intervals."),
        py("size", "rows"),
        md("second", "## Shape\n\nColumns matter as much as rows."),
        py("shape", "rows"),
        md("checks", "## Checks"),
        py("check", "assert rows > 0"),
        md("closing", "## What we saw\n\nThe size, see `rows[0]`."),
        py("answer", 'answer = "Some."\nanswers.show(answer)'),
        py("outputs", 'glue("answer", answer)\nglue("rows", rows)'),
        md("reading", "Few rows say little."),
    ]
    kept = [changed.get(cell.id, cell) for cell in cells]
    notebook = nbformat.v4.new_notebook(
        cells=[cell for cell in kept if cell is not None],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    )
    return json.dumps(notebook)


def notebook(text: str) -> dict[str, str]:
    return {"notebooks/count.ipynb": text}


NOXFILE = "import nox\n@nox.session\ndef tests(session):\n    pass\nCOMMANDS = {'site': ''}\n"
WORKFLOW = ".github/workflows/ci.yml"
README = "python3 -m venv .venv && python3 -m pip install 'nox[uv]==2.0' && .venv/bin/nox -s {}\n"
STEP = "permissions: {}\njobs: {{check: {{steps: [{{\n  uses: actions/checkout@{} }}]}}}}\n"

BAD: dict[type, tuple[dict[str, str], list[str]]] = {
    code.FunctionsFitOnAScreen: ({"a.py": function(51), "b.py": function(50)}, ["work has 51"]),
    code.MostFunctionsAreShort: ({"pipeline/a.py": function(26) + function(2) * 8}, ["work has 26"]),
    code.FilesAreShort: ({"a.py": "x = 1\n" * 301, "b.py": "x = 1\n" * 300}, ["301 lines"]),
    code.InitsAreEmpty: ({"a/__init__.py": '"""A."""\nimport os\n', "b/__init__.py": '"""B."""\n'}, [""]),
    code.NoHoldalls: ({"a/utils.py": "", "a/_helpers/b.py": "", "a/basement.py": ""}, ["helpers", "utils"]),
    code.TestFilesHaveNamesOfTheirOwn: (
        {"tests/a/test_x.py": "", "tests/b/test_x.py": "", "tests/b/test_y.py": "", "tests/b/x.py": ""},
        ["as tests/a/test_x.py"],
    ),
    code.NoStageNames: (
        notebook(stage()) | {"pipeline/a.py": "x = 'count'  # Count, count.ipynb\ncount = 1\n"},
        ["'count'", "count.ipynb"],
    ),
    code.NoApplicationWords: (
        {"pipeline/a.py": "flights = airports_of = 1\n", "pipeline/data/examples/b.py": "flights = 1\n"},
        ["flights", "airports"],
    ),
    code.ExceptionsHaveReasons: (
        {"a.py": "import os  # noqa\nx = y  # noqa: F821\nx = z  # noqa: F821 - z is a builtin\nw()  # type: ignore\n"},
        ["# noqa", "# noqa: F821", "# type: ignore"],
    ),
    texts.NoRegistries: ({"a.lock": f"# from https://{REGISTRY}/simple\n"}, [REGISTRY]),
    texts.NoMachines: ({"a.md": f"See {FOLDER} and ~/data or a/home/page.\n"}, [FOLDER]),
    notebooks.NotebooksAreValid: (
        notebook(stage(load=py("3f2a9c1e", "rows = 1"))),
        ["cell '3f2a9c1e': its id is no name"],
    ),
    notebooks.NotebooksAreStripped: (
        notebook(
            stage(load=nbformat.v4.new_code_cell("1", id="load", execution_count=1, metadata={"collapsed": True}))
        ),
        ["cell 'load': an execution count", "cell 'load': metadata 'collapsed'"],
    ),
    notebooks.CodeIsPython: (notebook(stage(load=py("load", "!ls"))), ["cell 'load': does not parse"]),
    notebooks.NotebooksOpenWithAQuestion: (
        notebook(stage(title=md("title", "Counting"))),
        ["no title `# ...` in the first cell", "no question in the first cell", "no table in the first cell"],
    ),
    notebooks.ImportsStandInTheSetup: (notebook(stage(load=py("load", "import os"))), ["cell 'load': imports"]),
    notebooks.ParametersAreExplained: (
        notebook(stage(parameters=py("parameters", "rows: int = 3\nseed = 1  # seed", tags=["parameters"]))),
        [
            "cell 'parameters': `rows` has no meaning beside it",
            "cell 'parameters': `seed = 1` is no `name: type = default`",
        ],
    ),
    notebooks.SectionsAreInOrder: (
        notebook(stage(second=None)),
        ["## Inputs, ## Size, ## Checks, ## What we saw"],
    ),
    notebooks.SectionsSayWhy: (notebook(stage(first=md("first", "## Size"))), ["cell 'first': ## Size"]),
    notebooks.CellsAreShort: (
        notebook(
            stage(load=py("load", function(11)), size=py("size", "x = 1\n" * 15 + "x"), shape=py("shape", function(10)))
        ),
        ["cell 'load': function work", "cell 'size': 16 lines"],
    ),
    notebooks.ChecksAssert: (notebook(stage(check=py("check", "rows"))), ["no assert"]),
    notebooks.OutputsAreGlued: (
        notebook(stage(outputs=py("outputs", 'print(rows)\nglue("rows", rows)'))),
        ["cell 'outputs': does something else"],
    ),
    notebooks.QuestionsAreAnswered: (notebook(stage(answer=None)), ["no answers.show(answer)"]),
    notebooks.ClosingWordsHoldNoNumbers: (
        notebook(stage(closing=md("closing", "## What we saw\n\nThere are 7 rows."), reading=md("reading", "Or 8."))),
        ["cell 'closing': 7", "cell 'reading': 8."],
    ),
    build.SessionsExist: (
        {"noxfile.py": NOXFILE, "README.md": "nox -s tests; nox -s deploy; nox -s site\n"},
        ["deploy"],
    ),
    build.JenkinsCommandsExist: (
        {".ci/Jenkinsfile": "sh '.ci/run tests'\nsh \"no-such-program --all\"\nsh 'git status'\n"},
        [".ci/run", "no-such-program"],
    ),
    build.ActionsArePinned: ({WORKFLOW: STEP.format("{}", "v4")}, ["uses: actions/checkout@v4 }]}}"]),
    build.WorkflowsAreModest: (
        {WORKFLOW: STEP.format("{contents: write}", "v4")},
        ["permissions {'contents': 'write'}", "job check has no timeout-minutes"],
    ),
    build.ReadmeLinesStandAlone: (
        {"requirements.lock": "nox==2.0\n", "README.md": README.format("pipeline")},
        ["tests: none"],
    ),
    build.LockHoldsWhatIsDeclared: (
        {
            "requirements.lock": "my-table==1.5 \\\n    --hash=sha256:0\nother==1.0 ; python_version > '3'\n",
            "pyproject.toml": '[project]\ndependencies = ["My.Table>=2", "absent", "other"]\n',
        },
        ["My.Table>=2 is 1.5: run `nox -s lock`", "absent is missing: run `nox -s lock`"],
    ),
}

GOOD = notebook(stage()) | {
    "pipeline/a.py": '"""Owns nothing."""\n' + function(25),
    "noxfile.py": NOXFILE + NOXFILE.replace("tests", "pipeline"),
    "requirements.lock": "nox==2.0 \\\n    --hash=sha256:0\n",
    "README.md": README.format("pipeline") + README.format("tests"),
    WORKFLOW: "permissions: {contents: read}\njobs: {check: {timeout-minutes: 5, steps: [{\n"
    f"  uses: actions/checkout@{'0' * 40} # v4.2.2\n}}]}}}}\n",
}
