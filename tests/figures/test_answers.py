import numpy as np
import pandas as pd
import pytest

from pipeline.figures import answers

PROMISED = {"value": 0.74, "low": 0.71, "high": 0.76}


def test_say_leaves_empty_sentences_out() -> None:
    assert answers.say("One.", "", "Two.") == "One. Two."


def test_judged_names_the_gates_that_refuse() -> None:
    gates = [{"passed": True, "message": "Fine."}, {"passed": False, "message": "ROC AUC is 0.4."}]
    assert answers.judged(gates, passed=False) == (
        "No, the model may not answer, refused by 1 of 2 gates. ROC AUC is 0.4."
    )
    assert answers.judged(gates[:1], passed=True) == "Yes, the model may answer: it passes its gate."


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.01, 0.09, "0.050 (+0.010 to +0.090) better than the rest"),
        (-0.09, -0.01, "0.050 (-0.090 to -0.010) worse than the rest"),
        (-0.01, 0.11, "neither clearly better nor worse (-0.010 to +0.110) than the rest"),
        (np.nan, np.nan, "neither clearly better nor worse"),
    ],
)
def test_ranked_calls_a_difference_only_what_is_one(low: float, high: float, expected: str) -> None:
    difference = {"value": 0.05 if high > 0 else -0.05, "low": low, "high": high}
    assert expected in answers.ranked(PROMISED, 1000, by={"the rest": difference})
    assert answers.ranked(PROMISED, 1000, by={}).endswith("where 0.5 is guessing and 1 perfect.")


def test_decided_says_what_is_found() -> None:
    assert answers.decided(PROMISED, PROMISED).startswith("It finds 74% (71 to 76%) of the positives")


def test_kept_says_how_many_rows_came_back() -> None:
    assert answers.kept("m version 1", 20, 20).endswith("predicts all 20 golden rows the same.")
    assert answers.kept("m version 1", 20, 3).endswith("predicts only 3 of 20 golden rows the same.")


def test_crowned_says_who_answers() -> None:
    assert answers.crowned("m version 2", own=True) == "It is the champion, the version that answers."
    assert answers.crowned("m version 1", own=False).endswith("`m version 1` goes on answering.")
    assert answers.crowned(None, own=False).endswith("there is no champion.")


def scored(*values: float) -> pd.DataFrame:
    frame = pd.DataFrame({"window": [f"w{place}" for place in range(len(values))], "value": values})
    return frame.assign(low=frame["value"] - 0.03, high=frame["value"] + 0.03)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([np.nan], "Nobody can tell yet"),
        ([0.75, 0.73], "Yes, the champion still holds: ROC AUC 0.730 (0.700 to 0.760) in w1"),
        ([0.6, 0.75], "Perhaps not; the champion may rank worse"),
        ([0.72] * 5, "Perhaps not; the champion may rank worse"),
        ([0.75, 0.6, np.nan], "No, the champion ranks worse than it promised: ROC AUC 0.600"),
    ],
)
def test_holding_judges_the_last_window_that_has_labels(values: list[float], expected: str) -> None:
    assert answers.holding(scored(*values), PROMISED).startswith(expected)


def test_shifted_names_the_column_that_moved_most() -> None:
    assert answers.shifted(["a", "b"], 5) == "2 of 5 columns made a major shift, most of all `a`."
    assert answers.shifted([], 1) == "0 of 1 column made a major shift."


def test_answer_is_shown_in_the_place_that_was_kept_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    from IPython.core.displaypub import CapturingDisplayPublisher
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell()
    publisher = CapturingDisplayPublisher()
    monkeypatch.setattr(shell, "display_pub", publisher)
    monkeypatch.setattr(InteractiveShell, "initialized", lambda: True)
    monkeypatch.setattr(InteractiveShell, "instance", lambda *_, **__: shell)
    answers.reserve()
    answers.show("It is.")
    kept, updated, shown = publisher.outputs
    assert kept["transient"] == updated["transient"] == {"display_id": answers.PLACE}
    assert updated["update"]
    assert kept["metadata"] == updated["metadata"] == {"pipeline": {"role": "answer"}}
    assert updated["data"]["text/markdown"] == shown["data"]["text/markdown"] == "It is."
