"""A secret that a notebook prints, raises, glues, draws or encodes is nowhere in what a run leaves behind or says."""

import io
import json
from pathlib import Path

import pandas as pd
import pytest
from planted import ASK, CANARY, DATABASE, IMPORT, leaks, planted, told
from projects import Project

from pipeline.store.objects import project_store

DIE = "import os\nos.write(2, value.encode()); os.abort()"

WIDGET = """
from comm import create_comm
model = {'_model_name': 'TextModel', '_model_module': '@jupyter-widgets/controls', '_model_module_version': '2.0.0'}
create_comm(target_name='jupyter.widget', data={'state': {**model, 'value': value}}).comm_id
"""
SHOWN = [
    "print(value); print([value]); print(url); print(url.split(':')[2])",
    "for letter in value: print(letter, end='', flush=True)",
    "import sys\nprint(value[:9], end='', flush=True); print('!', file=sys.stderr, flush=True); print(value[9:])",
    "value",
    "{'inner': [value, value.encode()], value: 1}",
    "import json\njson.dumps({'a': json.dumps(value)})",
    "import base64\nfor lead in ('', 'a', 'ab'): print(base64.b64encode((lead + value + 'tail').encode()).decode())",
    "print(base64.urlsafe_b64encode(value.encode()).decode(), base64.b32encode(value.encode()).decode())",
    "print(base64.encodebytes(('x' * 40 + value + 'y' * 40).encode()).decode())",
    "from urllib.parse import quote, quote_plus, unquote\nprint(unquote(url), quote(value), quote_plus(value))",
    "print(value.encode().hex(), value.upper(), value.lower())",
    "import pandas as pd\npd.DataFrame({'password': [value, 'x' * 25 + url], value: [1, 2]})",
    "pd.Series(['a ' * 20 + value])",
    "import html\nfrom IPython.display import *\nHTML(f'<b>{html.escape(value)}</b>')",
    "HTML(f'<i>{html.escape(value[:8])}<b>{html.escape(value[8:])}</b></i>')",
    "Markdown(f'**{value}**')",
    "SVG(f'<svg xmlns=\"http://www.w3.org/2000/svg\"><text>{html.escape(value)}</text></svg>')",
    "display('soon', display_id='d'); update_display(value, display_id='d')",
    "display({'text/plain': '1', 'application/json': {value: [value]}}, metadata={'note': value}, raw=True)",
    "display({'text/plain': '1', 'application/vnd.plotly.v1+json': {'layout': {'title': value}}}, raw=True)",
    "display({'text/plain': '1', 'application/x-tex': value, 'image/x-odd': url}, raw=True)",
    "print(f'\\x1b[31m{value[:9]}\\x1b[1m{value[9:]}\\x1b[0m')",
    "import os, subprocess\nsubprocess.run(['sh', '-c', 'echo \"$CANARY\"; echo \"$CANARY\" >&2'])",
    "os.system('echo \"$CANARY\"')",
    '!echo "$CANARY"',
    "os.write(2, value.encode()); print(value, file=sys.__stderr__)",
    "import logging, warnings\nlogging.getLogger('a').error(value)\nwarnings.warn(value)",
    "import matplotlib.pyplot as plt\nplt.figure(figsize=(4, 1)); plt.title(value); plt.xlabel(url); plt.show()",
    "%config InlineBackend.figure_formats = ['svg', 'pdf']\nplt.figure(figsize=(4, 1)); plt.title(value); plt.show()",
    "import io\nbuffer = io.BytesIO(); plt.savefig(buffer, metadata={'Title': value}); Image(buffer.getvalue())",
    WIDGET,
    "sys.audit('pipeline.source', url, 'sha256:0')",
    "glue('table', pd.DataFrame({'asked': ['of CANARY'] * 9}))",
    "from sklearn.preprocessing import StandardScaler\nglue('model', StandardScaler().fit([[1.0], [2.0]]))",
]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    return planted(tmp_path, monkeypatch)


@pytest.mark.kernel
def test_planted_secret_is_nowhere(project: Project) -> None:
    project.notebook("shown", "asked: str = ''", f"{IMPORT}\n{ASK}\nasked", *SHOWN)
    project.notebook("raised", "", f"{IMPORT}\n{ASK}", "raise ValueError(f'{value}, {url}')")
    project.notebook("left", "", f"{IMPORT}\n{ASK}", "skip(value)")
    project.notebook("died", "", f"{IMPORT}\n{ASK}", DIE)
    found = project.command("run", "-p", f"asked={CANARY}")
    assert found.returncode == 1
    assert leaks(project) == []
    assert told(found.stdout + found.stderr) == []
    assert "raised failed in cell 6 (work-2): ValueError: [secret CANARY], [secret DATABASE]" in found.stdout
    assert "left   | skipped: [secret CANARY]" in found.stdout
    assert "shown  | succeeded" in found.stdout
    assert len(list(project_store(project.root).contents())) == 2


def test_search_finds_a_secret_that_is_packed_in_an_object(project: Project) -> None:
    project.write("reports/latest/s.ipynb", "{}")
    packed = io.BytesIO()
    pd.DataFrame({"a": [f"{number} {CANARY}" for number in range(1000)]}).to_parquet(
        packed, compression="zstd", write_statistics=False
    )
    assert CANARY.encode() not in packed.getvalue()
    project_store(project.root).put(packed.getvalue())
    assert leaks(project)


def images(project: Project, stage: str) -> list[str]:
    report = json.loads((project.root / f"reports/latest/{stage}.ipynb").read_text())
    outputs = [output for each in report["cells"] for output in each.get("outputs", [])]
    return [output["data"]["image/png"] for output in outputs if "image/png" in output.get("data", {})]


PLOT = "import matplotlib.pyplot as plt\nplt.figure(figsize=(4, 1)); plt.title({}); plt.show()"


@pytest.mark.kernel
def test_plot_shows_the_name_where_its_title_is_a_secret(project: Project) -> None:
    project.notebook("s", "", f"{IMPORT}\n{ASK}", PLOT.format("value"), PLOT.format("'[secret CANARY]'"))
    assert project.statuses() == {"s": "succeeded"}
    first, second = images(project, "s")
    assert first == second


@pytest.mark.kernel
def test_secret_asked_for_in_a_module_under_a_name_that_no_cell_has_is_hidden(project: Project) -> None:
    project.write(
        "lib/__init__.py", "from pipeline.handoff import secret\n\ndef ask(end): return secret('CAN' + end)\n"
    )
    project.notebook("s", "", "from lib import ask\nvalue = ask('ARY')\nprint(value)", "raise ValueError(value)")
    failure = project.run().stages[0].failure
    assert failure.message == "[secret CANARY]"
    assert leaks(project) == []


@pytest.mark.kernel
def test_secret_named_in_settings_is_hidden_where_nobody_asks_for_it(project: Project) -> None:
    project.write("pyproject.toml", "[tool.pipeline]\nsecrets = ['CANARY']\n")
    project.notebook("s", "", "import os\nprint(os.environ['CANARY'])", "glue('left', os.environ['CANARY'])")
    failure = project.run().stages[0].failure
    assert (failure.name, failure.cell) == ("ScrapError", 6)
    assert failure.message.startswith("cannot glue 'left': it holds the secret 'CANARY'.")
    assert leaks(project) == []


@pytest.mark.kernel
def test_key_of_a_cloud_is_hidden_though_nobody_names_it(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", f"{CANARY} of a cloud")
    project.notebook(
        "s", "", "import os\nkey = os.environ['AWS_SECRET_ACCESS_KEY']\nprint(key)", "raise ValueError(key)"
    )
    failure = project.run().stages[0].failure
    assert failure.message == "[secret AWS_SECRET_ACCESS_KEY]"
    assert leaks(project) == []


REFUSED = """
import numpy as np, pandas as pd
from pipeline.errors import ScrapError
from sklearn.impute import SimpleImputer
values = [
    value, [1, {'a': (value,)}], value.encode(), f'x{url}y', pd.Series([1], [value]), pd.DataFrame({value: [1]}),
    pd.DataFrame({'a': ['x'] * 9 + [value]}), pd.DataFrame({'a': [value]}, dtype='category'), np.array(['x', value]),
    SimpleImputer(strategy='constant', fill_value=value),
]
for number, each in enumerate(values):
    try:
        glue('kept', each)
    except ScrapError as error:
        values[number] = f'{error}'.partition('.')[0]
try:
    glue(value, 1)
except ScrapError as error:
    print(error)
glue('refused', [str(each) for each in values])
"""


@pytest.mark.kernel
def test_value_that_holds_a_secret_is_refused_by_name(project: Project) -> None:
    project.notebook("s", "", f"{IMPORT}\n{ASK}", REFUSED)
    scraps = project.run().stages[0].scraps
    names = ["CANARY"] * 3 + ["DATABASE"] + ["CANARY"] * 6
    assert scraps["refused"].value == [f"cannot glue 'kept': it holds the secret {name!r}" for name in names]
    assert "kept" not in scraps
    assert leaks(project) == []


@pytest.mark.kernel
def test_secret_that_the_notebook_itself_set_is_refused(project: Project) -> None:
    project.notebook("s", "", f"{IMPORT}\nimport os\nos.environ['CANARY'] = 'Bittern?Marsh'", "print(secret('CANARY'))")
    failure = project.run().stages[0].failure
    assert "the notebook itself set the environment that the secret 'CANARY' is read from" in failure.message


@pytest.mark.kernel
def test_stage_is_reused_whose_parameter_and_source_hold_a_secret(project: Project) -> None:
    project.write("data/rows.csv", "1")
    source = "import sys\nfrom pipeline.data import fingerprints\n"
    source += "sys.audit('pipeline.source', value, fingerprints.fingerprint(value))"
    project.notebook("s", "asked: str = ''", f"{IMPORT}\nvalue = secret('CANARY')\nasked\n{source}")
    assert project.statuses(asked=CANARY) == {"s": "succeeded"}
    assert project.statuses(asked=CANARY) == {"s": "reused"}
    assert "[secret CANARY]" in next((project.root / ".pipeline/ledger/s").iterdir()).read_text()
    assert leaks(project) == []


@pytest.mark.kernel
def test_file_of_a_secret_is_no_part_of_a_trace(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIPELINE_SECRETS", str(project.root / "keys"))
    project.write("keys/DATABASE", DATABASE)
    project.notebook("s", "", f"{IMPORT}\nlen(secret('DATABASE'))")
    assert project.statuses() == {"s": "succeeded"}
    assert "keys" not in next((project.root / ".pipeline/ledger/s").iterdir()).read_text()


@pytest.mark.kernel
def test_secret_that_cannot_be_hidden_is_refused_before_anything_runs(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHORT", "abc")
    project.notebook("s", "", f"{IMPORT}\nsecret(name='SHORT')")
    found = project.command("run")
    assert found.returncode == 2
    assert "SecretError: the secret 'SHORT' has fewer than 4 characters" in found.stderr
    assert not (project.root / "reports").exists()


@pytest.mark.kernel
def test_wrong_parameter_that_is_a_secret_is_not_repeated(project: Project) -> None:
    project.notebook("s", "count: int = 1", f"{IMPORT}\n{ASK}\ncount")
    found = project.command("run", "-p", f"count={CANARY}")
    assert found.returncode == 2
    assert "[secret CANARY]" in found.stderr
    assert "kestrel" not in found.stderr
