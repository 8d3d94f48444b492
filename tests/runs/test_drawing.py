"""Text in figures shows names of secrets, whether matplotlib was loaded before anybody asked or after."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow

LOAD = "from matplotlib.text import Text"
HIDE = "from pipeline.runs import drawing; drawing.hide_secrets(); drawing.hide_secrets()"
LEARN = "from pipeline.secrecy import KNOWN; KNOWN.learn('KEY', 'Heron/Lagoon')"
SHOW = "print(Text(0, 0, 'a Heron/Lagoon').get_text())"


@pytest.mark.parametrize("steps", [(LOAD, HIDE, HIDE), (HIDE, LOAD, HIDE)], ids=["before", "after"])
def test_text_shows_the_name_when_matplotlib_is_loaded(steps: tuple[str, ...]) -> None:
    code = "; ".join([*steps, LEARN, SHOW])
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout == "a [secret KEY]\n"


def test_matplotlib_is_not_loaded_for_those_who_do_not_draw() -> None:
    code = f"{HIDE}; import sys; print('matplotlib' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout == "False\n"
