"""Recording: what MLflow keeps of a version: a run with its parameters and metrics, files, and what it came from."""

import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline import project
from pipeline.models import mlmodel
from pipeline.models.connection import artifacts
from pipeline.models.versions import Candidate
from pipeline.runs import provenance

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities.model_registry import ModelVersion


def create(client: "MlflowClient", name: str, candidate: Candidate, archive: bytes) -> "ModelVersion":
    """Create run, files and version, in this order: what is seen as a version is whole."""
    experiment = _experiment(client, name)
    tags = _tags(candidate)
    run = client.create_run(experiment, tags=tags, run_name=candidate.run).info.run_id
    try:
        _log(client, run, candidate)
        logged = client.create_logged_model(experiment, name=name, source_run_id=run, tags=tags)
        _upload(client, logged.model_id, candidate, archive)
        if not client.search_registered_models(f"name = '{name}'"):
            client.create_registered_model(name)
        # The source is the files' own place: "models:/<id>" would be looked up in MLflow's process-wide default.
        created = client.create_model_version(name, logged.artifact_location, run, tags=tags, model_id=logged.model_id)
    except BaseException:
        client.set_terminated(run, "FAILED")
        raise
    client.set_terminated(run)
    return created


def _experiment(client: "MlflowClient", name: str) -> str:
    """Return the experiment of a model; one that a copied or moved project brought along is set aside."""
    wanted = artifacts(name)
    found = client.get_experiment_by_name(name)
    if found is not None and wanted in {None, found.artifact_location}:
        return str(found.experiment_id)
    if found is not None:
        client.rename_experiment(found.experiment_id, f"{name} until {datetime.now(UTC):%Y-%m-%d %H:%M:%S.%f}")
    return str(client.create_experiment(name, artifact_location=wanted))


def _tags(candidate: Candidate) -> dict[str, str]:
    return {
        "model_digest": candidate.model_digest,
        "data_digest": candidate.data_digest,
        "test_digest": candidate.test_digest,
        "threshold": repr(candidate.threshold),
        "lineage": candidate.lineage,
        "run": candidate.run,
        "git_commit": provenance.git(project.root()).commit,
        "lock": provenance.lock(project.root()),
        **{f"report.{stage}": found for stage, found in candidate.reports.items()},
    }


def _log(client: "MlflowClient", run: str, candidate: Candidate) -> None:
    from mlflow.entities import Metric, Param

    moment = int(datetime.now(UTC).timestamp() * 1000)
    metrics = [Metric(name, number, moment, 0) for name, number in candidate.numbers.items()]
    params = [Param(name, text) for name, text in candidate.texts.items()]
    client.log_batch(run, metrics=metrics, params=params)


def _upload(client: "MlflowClient", model_id: str, candidate: Candidate, archive: bytes) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "model"
        mlmodel.write(folder, archive, candidate)
        client.log_model_artifacts(model_id, str(folder))
    client.finalize_logged_model(model_id, "READY")
