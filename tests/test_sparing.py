import subprocess
import sys

import pytest

SPARED = """
import sys
import {first}
slow = {{"rfc3987_syntax", "lark", "azure.storage.blob", "botocore", "google.cloud.storage", "pyarrow"}}
assert not slow & {{*sys.modules}}, slow & {{*sys.modules}}
import nbformat, rfc3987_syntax, gcsfs, papermill.s3
nbformat.validate(nbformat.v4.new_notebook())
assert rfc3987_syntax.is_valid_syntax("iri", "https://example.org/é")
"""


@pytest.mark.parametrize("first", ["pipeline.runs.engine", "pipeline.review.markup", "pipeline.past.replay"])
def test_slow_modules_that_nobody_needs_are_not_loaded_and_can_be_loaded_afterwards(first: str) -> None:
    subprocess.run([sys.executable, "-c", SPARED.format(first=first)], check=True)
