"""People say what they think of a run, and keep it for good, by commands that say what they did."""

import re
from pathlib import Path

import pytest
from kept import RUN, Kept, git
from projects import Project

from pipeline import handoff
from pipeline.review.remarks import Remarks
from pipeline.runs.record import read_run

OTHER = "20260102T000000Z-00000b"


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    return Kept.at(tmp_path / "project")


@pytest.fixture
def project(kept: Kept) -> Project:
    return Project(kept.root)


@pytest.mark.slow
def test_show_prints_what_people_said(kept: Kept, project: Project) -> None:
    folder = kept.add()
    done = project.command("comment", RUN[:8], "a", "work-1", "Why\x1b[2J?\nReally.", "--author", "Zoë <z@example.org>")
    assert done.returncode == 0, done.stderr
    remark = Remarks(folder).files()[0].name
    assert done.stdout == f"recorded: comment by Zoë <z@example.org>\n  reports/{RUN}/review/{remark}\n"
    done = project.command("approve", "latest", "--reason", "Holds on every slice.", "--author", "Ada")
    assert done.stdout.startswith("recorded: approved by Ada\n")
    (folder / "review/todo.txt").write_text("x")
    (folder / "b.ipynb").write_text("{}")
    shown = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d", "NOW", project.command("show").stdout)
    assert shown.endswith(
        "\ncomments\n  NOW UTC Zoë <z@example.org> on a, cell work-1\n    Why\ufffd[2J?\n    Really.\n"
        "\ndecisions\n  approved NOW UTC by Ada\n    Holds on every slice.\n    it holds no longer: b changed since\n"
        "\nfiles that are no remarks\n  todo.txt is no remark: no remark's file is called so. Move it away.\n"
    )


@pytest.mark.slow
def test_wrong_remarks_exit_2_and_say_what_is_there(kept: Kept, project: Project) -> None:
    kept.add()
    done = project.command("comment", RUN, "a", "work-2", "x")
    assert done.returncode == 2
    assert "has no cell 'work-2': did you mean 'work-1'?" in done.stderr
    done = project.command("refuse", RUN, "--reason", " ")
    assert done.returncode == 2
    assert done.stderr == "UsageError: the reason is empty: a reason says something.\n"


@pytest.mark.slow
def test_waiting_lists_what_waits_and_what_was_decided(kept: Kept, project: Project) -> None:
    assert project.command("waiting").stdout == "no runs wait for review\n"
    kept.judged(RUN)
    kept.judged(OTHER)
    shown = project.command("waiting").stdout
    assert shown.startswith(f"2 runs wait for review\n  {OTHER}  m version 1, ended 2026-01-01T00:00:01+00:00\n  {RUN}")
    project.command("refuse", OTHER, "--reason", "It leaks.", "--author", "Ada")
    shown = project.command("waiting").stdout
    assert shown.startswith(f"1 run waits for review\n  {RUN}")
    assert re.search(rf"last decisions\n  {OTHER} refused [\d: -]+ UTC by Ada\n    It leaks.\n$", shown)


@pytest.mark.slow
def test_run_is_published_to_a_folder_and_fetched_elsewhere(kept: Kept, project: Project, tmp_path: Path) -> None:
    kept.add()
    done = project.command("publish", RUN, "--to", "../shelf")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"published {RUN} to {tmp_path}/shelf/{RUN}: 4 files, ")
    assert f"\npublished\n  {tmp_path}/shelf since " in project.command("show", RUN).stdout
    other = Project(Kept.at(tmp_path / "other", 'reports = "runs"\n').root)
    done = other.command("fetch", "latest", "--from", "../shelf")
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"fetched {RUN}: 4 files new in runs/{RUN}\n"
    assert RUN in (other.root / "runs/index.md").read_text()
    assert other.command("comment", RUN, "a", "work-1", "Here too.").returncode == 0
    assert f"run {RUN}: succeeded" in other.command("show", RUN).stdout
    assert f"keep    {RUN}  it is published" in other.command("gc", "--keep-last", "0").stdout


@pytest.mark.slow
def test_password_on_the_command_line_is_not_repeated(kept: Kept, project: Project) -> None:
    kept.add()
    done = project.command("publish", RUN, "--to", "nowhere://me:s3cr3t-word@host/runs?sig=t0ken-of-ours")
    assert done.returncode == 1
    assert "StoreError: cannot open nowhere://host/runs: " in done.stderr
    assert not re.search("s3cr3t|t0ken", done.stdout + done.stderr)


@pytest.fixture
def chain(project: Project) -> Project:
    """Two stages in a git repository that ignores the reports."""
    project.write(".gitignore", "/reports/*\n/.pipeline/\n")
    project.notebook("first", "rows: int = 3", "glue('rows', list(range(rows)))")
    project.notebook(
        "second", "first: Upstream = 'reports/latest/first.ipynb'", "glue('sum', sum(read(first)['rows']))"
    )
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "A project"]):
        git(project.root, *command)
    return project


@pytest.mark.kernel
def test_published_run_opens_from_a_fresh_clone(chain: Project, tmp_path: Path) -> None:
    chain.run("first")
    run = chain.run().run
    chain.command("comment", run, "second", "work-1", "So few?", "--author", "Ada")
    done = chain.command("publish", run)
    assert done.returncode == 0, done.stderr
    command = re.search(r"keep it:  git (commit .*)\n", done.stdout)
    assert command is not None
    assert command[1] == f"commit -m 'Publish run {run}' -- reports/{run}"
    git(chain.root, "commit", "-q", "-m", f"Publish run {run}", "--", f"reports/{run}")
    assert "keep it" not in chain.command("publish", run).stdout

    git(tmp_path, "clone", "-q", str(chain.root), "clone")
    clone = Project(tmp_path / "clone")
    shown = clone.command("show", run)
    assert shown.returncode == 0, shown.stderr
    assert shown.stdout == chain.command("show", run).stdout
    assert "Ada on second, cell work-1\n    So few?\n" in shown.stdout
    assert [str(stage.status) for stage in read_run(clone.root / f"reports/{run}/run.json").stages] == [
        "reused",
        "succeeded",
    ]
    assert handoff.read(str(clone.root / f"reports/{run}/first.ipynb"))["rows"] == [0, 1, 2]
    assert handoff.read(str(clone.root / f"reports/{run}/second.ipynb"))["sum"] == 3
    assert f"keep    {run}  it is in git" in clone.command("gc", "--keep-last", "0", "--dry-run").stdout


@pytest.mark.kernel
def test_what_people_say_makes_no_stage_run_again(chain: Project) -> None:
    run = chain.run().run
    for command in (
        ("comment", run, "first", "work-1", "Hm."),
        ("refuse", run, "--reason", "Hm."),
        ("publish", run),
        ("publish", run, "--to", "shelf"),
    ):
        assert chain.command(*command).returncode == 0
    (chain.root / ".gitignore").write_text("/reports/*\n/.pipeline/\n/shelf/\n")
    git(chain.root, "commit", "-qam", "Keep a shelf")
    record = chain.run()
    assert [str(stage.status) for stage in record.stages] == ["reused", "reused"]
    assert not record.git.dirty


PROMOTE = """\
from pathlib import Path
from pipeline.models import promotion
from pipeline.store.objects import project_store

digest = project_store().put(b"a model")
promotion.promote(
    promotion.Promotion(
        name="m",
        version=1,
        model_digest=digest,
        data_digest="d",
        test_digest="t",
        threshold=0.5,
        run=Path(first).parent.name,
    ),
    against=None,
)
glue("done", True)
"""


@pytest.mark.kernel
def test_run_of_a_promoted_version_is_published_by_itself(chain: Project, tmp_path: Path) -> None:
    settings = '[tool.pipeline]\n[tool.pipeline.publish]\nto = "{}"\npromoted = true\n'
    chain.write("pyproject.toml", settings.format("../shelf"))
    assert "published" not in chain.command("run").stdout
    chain.notebook("third", "first: Upstream = 'reports/latest/first.ipynb'", PROMOTE)
    done = chain.command("run")
    assert done.returncode == 0, done.stderr
    run = read_run(chain.root / "reports/latest/run.json").run
    assert f"published {run} to {tmp_path}/shelf/{run}: 5 files" in done.stdout
    assert (tmp_path / "shelf" / run / "third.ipynb").exists()


@pytest.mark.kernel
def test_promotion_stands_where_its_run_cannot_be_published(chain: Project, tmp_path: Path) -> None:
    (tmp_path / "shelf").write_text("no folder")
    chain.write("pyproject.toml", '[tool.pipeline]\n[tool.pipeline.publish]\nto = "../shelf"\npromoted = true\n')
    chain.notebook("third", "first: Upstream = 'reports/latest/first.ipynb'", PROMOTE)
    done = chain.command("run")
    assert done.returncode == 0
    run = read_run(chain.root / "reports/latest/run.json").run
    assert f"warning: the run {run}, whose model became champion, could not be published: cannot " in done.stderr
    assert f"  try again: pipeline publish {run}\n" in done.stderr
