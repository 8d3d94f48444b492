"""A pull request has one comment of ours, which each build writes anew."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from github import BOT, COMMENTS, HOST, GitHub, serving
from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[2]
JOB = YAML(typ="safe", pure=True).load((ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8"))["jobs"][
    "comment"
]
STEP = JOB["steps"][-1]
GH = '#!/bin/sh\nprintf "%s " "$@" >> calls; echo >> calls\ncase "$*" in *--paginate*) printf "%b" "$FOUND" ;; esac\n'


def calls(folder: Path, found: str) -> list[str]:
    """Run the step where GitHub knows these comments of ours, and return what it asked of GitHub."""
    (folder / "gh").write_text(GH, encoding="utf-8")
    (folder / "gh").chmod(0o755)
    (folder / "summary.md").write_text("# What changed\n", encoding="utf-8")
    path = f"{folder}{os.pathsep}{os.environ['PATH']}"
    known = {"REPOSITORY": "ann/late", "PULL": "7", "BUILD": "build", "MARK": STEP["env"]["MARK"], "FOUND": found}
    shell = ("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", STEP["run"])
    subprocess.run(shell, cwd=folder, env={**os.environ, **known, "PATH": path}, check=True)
    return (folder / "calls").read_text(encoding="utf-8").splitlines()


def test_first_comment_is_made(tmp_path: Path) -> None:
    asked, made = calls(tmp_path, "")
    assert "repos/ann/late/issues/7/comments --jq" in asked
    assert made == "api --silent --method POST repos/ann/late/issues/7/comments --field body=@comment.md "
    text = (tmp_path / "comment.md").read_text(encoding="utf-8")
    assert text.startswith(f"{STEP['env']['MARK']}\n# What changed\n")


@pytest.mark.parametrize("found", ["41\\n", "41\\n42\\n"])
def test_comment_that_is_there_is_written_anew(tmp_path: Path, found: str) -> None:
    _, made = calls(tmp_path, found)
    assert made == "api --silent --method PATCH repos/ann/late/issues/comments/41 --field body=@comment.md "


def test_only_the_job_that_comments_may_write_and_runs_no_code_of_the_change() -> None:
    assert JOB["permissions"] == {"pull-requests": "write"}
    assert "head.repo.full_name == github.repository" in JOB["if"]
    assert not any("checkout" in step.get("uses", "") for step in JOB["steps"])
    assert "${{" not in STEP["run"]


@pytest.mark.slow
def test_real_client_comments_once_and_then_writes_that_comment_anew_whatever_others_said(tmp_path: Path) -> None:
    if shutil.which("gh") is None:
        pytest.skip("gh, GitHub's client, is not installed: `apt-get install gh`")
    known = GitHub()
    for number in range(40):  # more than a page of them
        known.say("ann", f"{STEP['env']['MARK']} I quote it, {number}")
    known.say(BOT, "Another robot's words")
    with serving(known) as proxy:
        given = {"REPOSITORY": "ann/late", "PULL": "7", "BUILD": "https://build", "MARK": STEP["env"]["MARK"]}
        client = {
            "GH_HOST": HOST,
            "GH_TOKEN": "t",
            "GH_ENTERPRISE_TOKEN": "t",
            "HTTP_PROXY": proxy,
            "http_proxy": proxy,
        }
        shell = ("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", STEP["run"])
        for build in ("first", "second", "third"):
            (tmp_path / "summary.md").write_text(f"# The {build} build\n", encoding="utf-8")
            subprocess.run(shell, cwd=tmp_path, env={**os.environ, **given, **client}, check=True)
    ours = {number: text for number, (who, text) in known.comments.items() if who == BOT}
    assert ours.keys() == {41, 42}
    assert ours[41] == "Another robot's words"
    assert ours[42].startswith(f"{STEP['env']['MARK']}\n# The third build\n")
    wrote = [asked for asked in known.asked if not asked.startswith("GET")]
    patched = "PATCH /repos/ann/late/issues/comments/42"
    assert wrote == [f"POST {COMMENTS}", patched, patched]
