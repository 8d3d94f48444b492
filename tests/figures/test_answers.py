import pytest

from pipeline.figures import answers


def test_say_leaves_empty_sentences_out() -> None:
    assert answers.say("One.", "", "Two.") == "One. Two."


def test_judged_names_the_gates_that_refuse() -> None:
    gates = [{"passed": True, "message": "Fine."}, {"passed": False, "message": "ROC AUC is 0.4."}]
    assert answers.judged(gates, passed=False) == (
        "No, the model may not answer, refused by 1 of 2 gates. ROC AUC is 0.4."
    )
    assert answers.judged(gates[:1], passed=True) == "Yes, the model may answer: it passes its gate."


def test_kept_says_how_many_rows_came_back() -> None:
    assert answers.kept("m version 1", 20, 20).endswith("predicts all 20 golden rows the same.")
    assert answers.kept("m version 1", 20, 3).endswith("predicts only 3 of 20 golden rows the same.")


def test_crowned_says_who_answers() -> None:
    assert answers.crowned("m version 2", own=True) == "It is the champion, the version that answers."
    assert answers.crowned("m version 1", own=False).endswith("`m version 1` goes on answering.")
    assert answers.crowned(None, own=False).endswith("there is no champion.")
    back = answers.crowned("m version 1", own=False, withdrawn=True)
    assert back == "It was rolled back, so it does not return by itself: `m version 1` goes on answering."


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


def test_judged_says_that_it_cannot_be_told_yet_when_no_gate_refuses() -> None:
    gates = [{"passed": True, "message": "Fine."}, {"passed": False, "outcome": "inconclusive", "message": "Too few."}]
    said = answers.judged(gates, passed=False)
    assert said == (
        "Not yet: 1 of 2 gates cannot tell, and the others pass. Too few. "
        "Until more rows tell, the model may not answer."
    )
