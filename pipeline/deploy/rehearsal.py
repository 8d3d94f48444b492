"""Rehearsal: a function that was built is asked as its cloud asks it, in a process that has nothing but the build."""

import json
import os
import sys
from importlib import import_module
from pathlib import Path

from pipeline.serving.doors.packed import REHEARSAL


def main(folder: str, target: str) -> None:
    """Answer each line of standard input on standard output; whatever else is printed goes to standard error."""
    os.environ[REHEARSAL] = "yes"
    answers, sys.stdout = sys.stdout, sys.stderr
    ask = import_module(f"pipeline.deploy.targets.{target}").asking(Path(folder))
    for line in sys.stdin:
        answers.write(f"{json.dumps(ask(json.loads(line)))}\n")
        answers.flush()
