import json
import time
import urllib.request
from collections.abc import Iterator
from http.cookiejar import CookieJar
from typing import Any
from urllib.error import HTTPError

import pytest
from labserver import LAB, QUIET, TOKEN, LabServer, served
from projects import Project, cell, document

pytestmark = pytest.mark.kernel
RUN = "stagebook/run"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    found = Project(tmp_path_factory.mktemp("lab") / "project")
    found.write("pyproject.toml", "[tool.pipeline]\n")
    found.notebook("one", "count: int = 3  # how many", "glue('count', count)")
    found.notebook("two", 'one: Upstream = "reports/latest/one.ipynb"', "glue('twice', 2 * read(one)['count'])")
    found.notebook("slow", "seconds: float = 60.0", "import time\ntime.sleep(seconds)")
    found.notebook("wrong", "x: int = 1", "raise ValueError('it is', x)")
    found.notebook("odd", "x: int = 'no'", "print(x)")
    return found


@pytest.fixture(scope="module")
def server(project: Project) -> Iterator[LabServer]:
    with served(project.root, [*LAB, *QUIET]) as found:
        yield found


def standing(server: LabServer, name: str) -> dict[str, Any]:
    return dict(server.ask(f"stagebook/stage?path=notebooks/{name}.ipynb"))


def ended(server: LabServer) -> dict[str, Any]:
    """Wait until nothing runs any more."""
    until = time.monotonic() + 60
    while (state := server.ask(RUN))["running"]:
        assert time.monotonic() < until, state
        time.sleep(0.1)
    return dict(state)


def test_stage_that_was_run_is_fresh_and_has_a_report(server: LabServer, project: Project) -> None:
    assert standing(server, "two") == {
        "stage": "two",
        "state": "stale",
        "reason": "it has never succeeded",
        "report": None,
        "running": "",
    }
    assert server.ask(RUN, {"path": "notebooks/two.ipynb"})["stage"] == "two"
    state = ended(server)
    assert state["problem"] == ""
    assert any(line.startswith("one | succeeded") for line in state["lines"])
    assert server.ask(f"{RUN}?from={state['next'] - 1}")["lines"] == state["lines"][-1:]
    found = standing(server, "two")
    assert found["state"] == "fresh"
    assert found["report"] | {"run": ""} == {"path": "reports/latest/two.ipynb", "run": "", "status": "succeeded"}
    project.notebook("one", "count: int = 4  # how many", "glue('count', count)")
    assert "one: parameter 'count'" in standing(server, "two")["reason"]


def test_second_run_has_to_wait_until_the_first_is_stopped(server: LabServer) -> None:
    server.ask(RUN, {"path": "notebooks/slow.ipynb"})
    assert standing(server, "slow")["running"] == "slow"
    assert server.refusal(RUN, {"path": "notebooks/two.ipynb"}) == (
        409,
        "slow is running. Wait until it has ended, or stop it.",
    )
    assert server.ask(RUN, method="DELETE") == {}
    assert ended(server)["problem"] == ""


def test_stage_that_fails_says_where_and_names_its_report(server: LabServer, project: Project) -> None:
    server.ask(RUN, {"path": "notebooks/wrong.ipynb"})
    state = ended(server)
    assert state["problem"].startswith("wrong failed in cell")
    assert (project.root / state["report"]).is_file()
    found = standing(server, "wrong")
    assert (found["state"], found["report"]["path"]) == ("stale", state["report"])


def test_stage_that_cannot_be_planned_says_why(server: LabServer) -> None:
    found = standing(server, "odd")
    assert found["state"] == "unclear"
    assert "'no'" in found["reason"]


@pytest.mark.parametrize(
    "path", ["reports/README.md", "notebooks/none.ipynb", "notebooks/../pyproject.toml", "", "../x.ipynb", "two"]
)
def test_what_is_no_stage_has_no_standing_and_does_not_run(path: str, server: LabServer) -> None:
    assert server.ask(f"stagebook/stage?path={path}")["stage"] == ""
    code, message = server.refusal(RUN, {"path": path})
    assert (code, "is no stage" in message) == (404, True)


def test_follower_has_to_give_the_number_of_a_line(server: LabServer) -> None:
    assert server.refusal(f"{RUN}?from=x") == (400, "`from` is the number of a line.")


def test_stranger_learns_and_starts_nothing(server: LabServer) -> None:
    for address, body in (("stagebook/stage?path=notebooks/two.ipynb", None), (RUN, None), (RUN, b"{}")):
        with pytest.raises(HTTPError, match="403") as refused:
            urllib.request.urlopen(server.url + address, data=body, timeout=10)  # noqa: S310 - loopback
        refused.value.close()


def test_another_site_cannot_start_a_run_in_the_name_of_who_is_logged_in(server: LabServer) -> None:
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    browser.open(f"{server.url}lab?token={TOKEN}", timeout=10).close()
    with browser.open(f"{server.url}{RUN}", timeout=10) as answer:
        assert answer.status == 200
    with pytest.raises(HTTPError, match="403") as refused:
        browser.open(f"{server.url}{RUN}", data=b'{"path": "notebooks/two.ipynb"}', timeout=10)
    assert b"_xsrf" in refused.value.read()
    refused.value.close()


def executed() -> dict[str, Any]:
    """What JupyterLab saves after somebody ran a cell."""
    ran = cell("code", "work", "print(1)") | {"execution_count": 3}
    ran["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "1\n"}]
    ran["metadata"] |= {"execution": {"iopub.execute_input": "2026-11-24T10:00:00Z"}}
    return document([cell("markdown", "title", "# title"), ran], widgets={"a": 1})


def test_stage_is_saved_without_outputs_and_any_other_notebook_with_them(server: LabServer, project: Project) -> None:
    (project.root / ".pipeline").mkdir(exist_ok=True)
    for path in ("notebooks/new.ipynb", "elsewhere.ipynb"):
        model = {"type": "notebook", "format": "json", "content": executed()}
        assert server.ask(f"api/contents/{path}", model, "PUT")["content"] is None
    stage, other = (
        json.loads((project.root / path).read_text()) for path in ("notebooks/new.ipynb", "elsewhere.ipynb")
    )
    (project.root / "notebooks/new.ipynb").unlink()
    work = stage["cells"][1]
    assert (work["outputs"], work["execution_count"], work["metadata"]) == ([], None, {"tags": []})
    assert "widgets" not in stage["metadata"]
    assert other["cells"][1]["outputs"][0]["text"] == ["1\n"]
    assert other["cells"][1]["execution_count"] == 3


def test_report_is_read_and_never_changed(server: LabServer, project: Project) -> None:
    report = project.root / "reports/20260101T000000Z-000000/a.ipynb"
    project.write(str(report.relative_to(project.root)), json.dumps(executed()))
    address = f"api/contents/{report.relative_to(project.root).as_posix()}"
    before = report.read_bytes()
    assert server.ask(address)["writable"] is False
    code, message = server.refusal(address, {"type": "notebook", "format": "json", "content": executed()}, "PUT")
    assert (code, "never changed" in message) == (403, True)
    assert server.refusal(address, {"path": "notebooks/a.ipynb"}, "PATCH")[0] == 403
    assert server.refusal(address, method="DELETE")[0] == 403
    assert report.read_bytes() == before
    assert server.ask("api/contents/notebooks/two.ipynb")["writable"] is True
