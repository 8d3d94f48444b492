"""What a function printed comes into the log, once, whatever its platform wrote before each line."""

import io
import json
from pathlib import Path

import pytest
from serving.served import project

from pipeline.commands import deploy as commands
from pipeline.serving import collecting
from pipeline.serving.entries import Prediction, Requests, Truth, new_ids
from pipeline.serving.spoken import Spoken
from pipeline.serving.traffic import Traffic


def printed(out: io.StringIO, count: int) -> list[Prediction]:
    made = [
        Prediction(
            id=new_ids(1)[0],
            at=float(number),
            model="m",
            version=1,
            bundle="sha256:0",
            key=None,
            inputs={"size": number},
            output={"label": "yes"},
            latency_s=0.001,
        )
        for number in range(count)
    ]
    counts = Requests(minute=0, route="/predict", status=200, version=1, count=2, seconds=0.1, slowest_s=0.1)
    Spoken(out=out).write([made, [counts, Truth(prediction=made[0].id, label="no"), Truth(prediction="x", label="no")]])
    return made


def test_printed_predictions_come_into_the_log_once(tmp_path: Path) -> None:
    out = io.StringIO()
    made = printed(out, 1500)
    lines = [f"2026-11-30T12:00:00 {line}" for line in reversed(out.getvalue().splitlines())]
    lines += ["START RequestId: 1", '{"traffic": "prediction", "id": "cut o', '{"other": "traffic"}']
    traffic = Traffic(tmp_path / "log.sqlite")
    assert collecting.collect(lines, traffic) == collecting.Collected(added=1501, known=0, strangers=1, broken=1)
    assert collecting.collect(lines, traffic) == collecting.Collected(added=0, known=1501, strangers=1, broken=1)
    kept = list(traffic.predictions())
    assert [prediction for prediction, _ in kept] == made
    assert [label for _, label in kept] == ["no", *[None] * 1499]
    assert traffic.requests() == []


def test_collect_command_says_what_it_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    project(tmp_path, monkeypatch)
    out = io.StringIO()
    printed(out, 2)
    for said in ("3 predictions and labels were added; 0 were known.", "0 predictions and labels were added; 3 were"):
        commands.collect(io.StringIO(out.getvalue() + '{"traffic": "truth"}\n'), "m")
        found = capsys.readouterr().out
        assert said in found
        assert "1 labels are of predictions that nobody knows" in found
        assert "1 lines could not be read" in found
    assert json.loads(out.getvalue().splitlines()[0])["traffic"] == "prediction"
    assert len(list(Traffic(tmp_path / ".pipeline/traffic/m.sqlite").predictions())) == 2
