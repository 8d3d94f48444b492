"""The service in its own process, asked all that its own OpenAPI document allows and much that it does not."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from serving.calling import running
from serving.served import contents, project, promote

from pipeline.serving import bundle
from pipeline.serving.access import TOKEN

pytestmark = pytest.mark.slow
SECRET = "a-token-that-nobody-guesses"  # noqa: S105 - an example


@pytest.mark.skipif(not find_spec("schemathesis"), reason="schemathesis is not installed (group dev)")
def test_service_keeps_to_its_openapi_document_and_never_fails_whatever_it_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project(tmp_path, monkeypatch)
    made, examples = contents()
    any_date = {name: _without_range(column) for name, column in made.request["columns"].items()}
    promote(bundle.write(made.model_copy(update={"request": {"columns": any_date}}), examples))
    with running(tmp_path, environment={TOKEN: SECRET}) as service:
        done = subprocess.run(
            [
                *(sys.executable, "-m", "schemathesis.cli", "run", "--no-color", "--seed", "1", "--max-examples", "25"),
                *("--header", f"Authorization: Bearer {SECRET}", "--generation-database", "none"),
                # A label needs a prediction that was made, and a date a day that there was: no schema says so.
                *("--exclude-checks", "positive_data_acceptance"),
                f"http://{service.host}:{service.port}/openapi.json",
            ],
            env={**os.environ, "SCHEMATHESIS_HOOKS": ""},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        metrics = service.ask("GET", "/metrics", Authorization=f"Bearer {SECRET}")[1].decode()
    assert done.returncode == 0, done.stdout + done.stderr
    assert 'route="/predict",status="200"' in metrics
    assert 'status="5' not in metrics


def _without_range(column: dict[str, Any]) -> dict[str, Any]:
    """Take away the range of dates, which JSON Schema cannot say."""
    return column if column["type"] != "datetime" else {"type": "datetime", "missing": column.get("missing", False)}
