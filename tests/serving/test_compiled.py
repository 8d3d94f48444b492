import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from serving.served import AMOUNT, BINARY, LETTERS, bundled, contents, project, table
from sklearn import linear_model
from sklearn.decomposition import PCA
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.pipeline import Pipeline, make_pipeline

from pipeline.data import features, schema
from pipeline.goal import Goal
from pipeline.learning import learners
from pipeline.learning.calibration import Calibrated
from pipeline.serving import bundle, compiled, drawing, engines, packing, rows
from pipeline.serving.bundle import Contents
from pipeline.serving.predictor import Predictor
from pipeline.store import codecs
from pipeline.store.objects import project_store

pytestmark = pytest.mark.slow
STUMPS = HistGradientBoostingClassifier(max_iter=2, min_samples_leaf=10_000)


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return project(tmp_path, monkeypatch)


@dataclass(frozen=True)
class Case:
    """A model, and what it was learnt from."""

    model: Any
    contents: Contents
    golden: list[dict[str, Any]]

    def said(self, engine: engines.Engine, seed: int) -> np.ndarray:
        drawn = drawing.rows(self.form, self.contents.recipe, self.golden, count=2000, seed=seed)
        values, faults = engine.read(drawn)
        assert not faults
        return engine.said(values)

    @property
    def form(self) -> rows.Form:
        return rows.Form(self.contents.request, self.contents.zones)

    @property
    def frames(self) -> engines.Frames:
        return engines.Frames(self.form, self.contents.recipe, self.model, self.contents.goal)

    def graph(self, data: bytes, behind: object = None) -> engines.Graph:
        return engines.Graph(self.form, self.contents.recipe, data, self.contents.goal, behind)


def case(learner: str, goal: Goal, method: str = "none") -> Case:
    made, examples = contents(goal=goal, learner=learner)
    model: Any = codecs.load(project_store(), made.model_digest, "model")
    if method != "none":
        model = corrected(model, made, goal, method)
    raw = features.inputs(examples, made.recipe)
    return Case(model, made, rows.plain(raw, made.request))


def corrected(model: Pipeline, made: Contents, goal: Goal, method: str) -> Calibrated:
    everything = table()
    said = learners.predict(model, features.apply(everything, made.recipe), goal)
    codes = everything["target"] + (everything["count"] > 4 if goal is LETTERS else 0)
    return Calibrated(model, method).fit(np.roll(codes.to_numpy(), 3), said)


@pytest.mark.parametrize("goal", [BINARY, LETTERS, AMOUNT], ids=lambda goal: goal.task)
@pytest.mark.parametrize("learner", ["linear", "boosting", "forest", "dummy"])
def test_write_compiles_all_of_a_model_and_says_how_that_was_proved(learner: str, goal: Goal) -> None:
    given = case(learner, goal)
    data, compilation = compiled.write(given.model, given.contents, given.golden)
    assert (compilation.covers, compilation.about) == ("all", "of 10,030 rows none was answered otherwise")
    assert compilation.told.startswith("Answers come from ONNX Runtime: of 10,030 rows")
    assert given.said(given.graph(data), 1) == pytest.approx(given.said(given.frames, 1), abs=1e-9)
    assert compiled.write(given.model, given.contents, given.golden)[0] == data


@pytest.mark.parametrize("goal", [BINARY, LETTERS], ids=lambda goal: goal.task)
@pytest.mark.parametrize("method", ["sigmoid", "isotonic"])
def test_write_compiles_the_correction_of_probabilities_too(method: str, goal: Goal) -> None:
    given = case("boosting", goal, method)
    data, compilation = compiled.write(given.model, given.contents, given.golden)
    assert compilation.covers == "all"
    assert given.said(given.graph(data), 2) == pytest.approx(given.said(given.frames, 2), abs=1e-6)


@pytest.mark.parametrize("method", ["none", "sigmoid"])
def test_write_compiles_the_features_alone_when_the_estimator_has_no_form_in_onnx(method: str) -> None:
    given = case("sklearn.naive_bayes.GaussianNB", BINARY, method)
    data, compilation = compiled.write(given.model, given.contents, given.golden)
    assert compilation.covers == "features"
    assert compilation.about.startswith("GaussianNB has no form in ONNX here; of 10,030 rows none")
    engine = given.graph(data, given.model)
    assert given.said(engine, 3) == pytest.approx(given.said(given.frames, 3), abs=1e-6)


def test_predictor_answers_as_before_when_only_features_are_compiled_or_nothing() -> None:
    for covers in ("features", "nothing"):
        manifest = bundled(learner="sklearn.naive_bayes.GaussianNB")
        assert manifest.compilation.covers == "features"
        changed = manifest.compilation.model_copy(update={"covers": covers})
        predictor = Predictor(manifest.model_copy(update={"compilation": changed}), project_store())
        values, faults = predictor.read(manifest.golden)
        assert not faults
        said = [each["probability"] for each in predictor.predict(values)]
        assert said == pytest.approx(manifest.predictions)


def test_write_compiles_nothing_and_says_why_when_a_column_holds_sentences() -> None:
    made, examples = contents()
    drawn = np.random.default_rng(0).choice(["red", "blue", "green", "grey", "pink", "white"], (400, 4))
    everything = table().assign(note=[" ".join(each) for each in drawn])
    recipe = features.learn(everything, target="target", time="when")
    assert recipe.texts == ("note",)
    given = features.apply(everything, recipe)
    model = learners.choose("linear", given, BINARY, params={}).make(given)
    learners.fit(model, given, everything["target"], BINARY)
    raw = features.inputs(everything, recipe)
    changes = {
        "recipe": recipe,
        "request": schema.infer(raw),
        "model_digest": project_store().put(codecs.encode(model).payload),
    }
    manifest = bundle.write(made.model_copy(update=changes), everything.loc[examples.index])
    assert (manifest.compilation.covers, manifest.compilation.digest) == ("nothing", "")
    assert manifest.compilation.about == "column 'note' holds sentences, whose words have no table"
    assert "on frames of pandas" in manifest.card
    assert Predictor(manifest, project_store()).digest == manifest.digest


def test_write_compiles_less_when_trees_split_by_categories_or_a_class_was_never_seen() -> None:
    given = case("boosting", BINARY)
    made = features.apply(table(), given.contents.recipe)
    trees = HistGradientBoostingClassifier(categorical_features=[8], max_iter=5)
    given.model.steps[-1] = ("learn", trees)
    given.model.fit(made, (made["town"] == "Bern").astype(int))
    assert compiled.write(given.model, given.contents, given.golden)[1].covers == "features"
    letters = case("linear", LETTERS)
    letters.model.fit(made, np.where(made["town"] == "Bern", 0, 2))
    assert (
        compiled.write(letters.model, letters.contents, letters.golden)[1].about == "the model has not seen every class"
    )


def test_write_compiles_nothing_when_the_model_is_of_another_form() -> None:
    given = case("linear", BINARY)
    other = make_pipeline(*(step for _, step in given.model.steps))
    compilation = compiled.write(other, given.contents, given.golden)[1]
    assert (compilation.covers, compilation.about) == ("nothing", "the model is no pipeline of `prepare` and `learn`")


def test_write_compiles_less_when_columns_are_prepared_together() -> None:
    given = case("linear", BINARY)
    made = features.apply(table(), given.contents.recipe)
    given.model.steps[0] = ("prepare", make_pipeline(given.model.steps[0][1], PCA(n_components=3)))
    given.model.fit(made, table()["target"])
    compilation = compiled.write(given.model, given.contents, given.golden)[1]
    assert compilation.covers == "nothing"
    assert compilation.about.endswith("is prepared together with another")


class LogisticRegression(linear_model.LogisticRegression):  # type: ignore[misc] # scikit-learn has no types
    """It is called as one that is compiled, and answers otherwise."""

    def predict_proba(self, rows: np.ndarray) -> np.ndarray:
        return np.asarray(super().predict_proba(rows)[:, ::-1])


def test_write_compiles_the_features_alone_when_what_is_compiled_answers_otherwise() -> None:
    given = case("linear", BINARY)
    given.model.steps[1] = ("learn", LogisticRegression(max_iter=1000))
    given.model.fit(features.apply(table(), given.contents.recipe), table()["target"])
    compilation = compiled.write(given.model, given.contents, given.golden)[1]
    assert compilation.covers == "features"
    assert " of 10,030 rows were answered otherwise; of 10,030 rows none was" in compilation.about


def test_write_compiles_the_features_alone_when_a_dummy_draws_or_no_tree_splits() -> None:
    given = case("dummy", BINARY)
    made, target = features.apply(table(), given.contents.recipe), table()["target"]
    for last, why in (
        (DummyClassifier(strategy="uniform", random_state=0), "a dummy that says 'uniform'"),
        (STUMPS, "no tree of it splits"),
    ):
        given.model.steps[1] = ("learn", last)
        given.model.fit(made, target)
        compilation = compiled.write(given.model, given.contents, given.golden)[1]
        assert compilation.about.startswith(why)


def test_graph_names_the_column_that_breaks_its_rule_as_the_form_does() -> None:
    given = case("linear", BINARY)
    data, _ = compiled.write(given.model, given.contents, given.golden)
    graph, good = given.graph(data), given.golden[0]
    bad = [{**good, "count": "x"}, {**good, "town": "Rome"}, {**good, "when": "soon"}, {**good, "more": 1}, {"size": 1}]
    assert graph.read([good, *bad])[1] == given.frames.read([good, *bad])[1]
    assert len(graph.read([good, *bad])[1]) > len(bad)


def test_predictor_loads_neither_pandas_nor_scikit_learn_when_all_is_compiled(tmp_path: Path) -> None:
    packing.pack(bundled(learner="boosting"), project_store(), str(tmp_path / "away"))
    program = (
        "import sys; from pipeline.serving import packing, server; found = packing.load(sys.argv[1]); "
        "print(len(found.predict(found.read(found.manifest.golden)[0])), "
        "{'pandas', 'sklearn', 'scipy', 'pyarrow', 'onnx', 'skops'} & {*sys.modules})"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "away")], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "30 set()"
