"""AWS Lambda: the archive answers Lambda's own client, and no version is pointed to before it has proven itself."""

import json
import subprocess
import sys
import urllib.request
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from clouds import BUCKET, Cloud, amazon
from deploy.runtime import serving
from serving.served import bundled, project

from pipeline.deploy import archive, closure, conformance, functions
from pipeline.deploy.target import Build, Home, Packed, State
from pipeline.deploy.targets import aws_lambda
from pipeline.deploy.targets.aws_lambda import AwsLambda, Here
from pipeline.errors import DeployError, ModelError
from pipeline.serving import packing
from pipeline.serving.predictor import Predictor
from pipeline.store.objects import project_store

pytest.importorskip("mangum")
boto3 = pytest.importorskip("boto3")
pytestmark = pytest.mark.slow
ROLE = "arn:aws:iam::123456789012:role/serves"

MANIFEST = '{"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "layers": []}'


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return project(tmp_path, monkeypatch)


def packed(root: Path, version: int = 1) -> Packed:
    place = str(root / f"packed-{version}")
    packing.pack(bundled(version), project_store(), place)
    return Packed(place=place, reference=packing.load(place))


def target(root: Path, **options: object) -> Here:
    return Here(Home(root=root, folder=root / "deployments", model="m"), AwsLambda.model_validate(options))


def test_archive_answers_the_client_of_lambda_and_prints_what_it_said(root: Path, tmp_path: Path) -> None:
    pytest.importorskip("awslambdaric")
    given = packed(root)
    build = target(root).build(given)
    assert build.proof.golden == 30
    file, code = Path(f"{build.place}.zip"), tmp_path / "code"
    with zipfile.ZipFile(file) as opened:
        opened.extractall(code)
    size = sum(path.stat().st_size for path in code.rglob("*") if path.is_file())
    assert archive.told(file).endswith(f"; {archive.mib(size)} unpacked, of 250 MiB")
    assert size < archive.MOST_BYTES
    client = closure.closure(["awslambdaric"])  # Lambda's image of Python brings it
    closure.link(client, tmp_path / "client")
    paths = [str(code), str(tmp_path / "client")]
    start = f"import sys; sys.path[:0] = {paths}; from awslambdaric import __main__ as client"
    with serving() as runtime, (tmp_path / "said").open("w+b") as said:
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", f"{start}; client.main(['awslambdaric', 'function.handler'])"],
            cwd=code,
            env={"AWS_LAMBDA_RUNTIME_API": runtime.address, "PIPELINE_SERVE_ACCESS": "outside"},
            stdout=said,
            stderr=said,
        )
        try:

            def ask(body: object) -> tuple[int, Any]:
                answer = runtime.invoke(aws_lambda.event(body))
                return answer["statusCode"], json.loads(answer["body"])

            proof = conformance.require(ask, given.reference, "the function")
        finally:
            process.kill()
            process.wait()
        said.seek(0)
        lines = [json.loads(line) for line in said.read().splitlines() if line.startswith(b'{"traffic": "prediction"')]
    assert proof == build.proof
    assert [line["inputs"] for line in lines[:30]] == given.reference.manifest.golden


@pytest.fixture
def cloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    with amazon(tmp_path) as found:
        for name, value in found.variables.items():
            monkeypatch.setenv(name, value)
        tell(found, "config", {"lambda": {"use_docker": False}})
        may = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [may]})
        boto3.client("iam").create_role(RoleName=ROLE.rpartition("/")[2], AssumeRolePolicyDocument=policy)
        yield found


def tell(cloud: Cloud, what: str, content: object) -> None:
    url = f"{cloud.variables['AWS_ENDPOINT_URL']}/moto-api/{what}"
    headers = {"Content-Type": "application/json"}
    urllib.request.urlopen(urllib.request.Request(url, json.dumps(content).encode(), headers)).close()  # noqa: S310 - loopback


def answers(reference: Predictor) -> list[str]:
    """What the function would return to each event of its proof: moto runs no code."""
    found: list[str] = []

    def ask(body: object) -> tuple[int, Any]:
        assert isinstance(body, dict)
        values, faults = reference.read(body["rows"])
        status, said = 422, {"faults": [fault._asdict() for fault in faults]}
        if not faults:
            told = {"model": reference.manifest.name, "version": reference.manifest.version}
            status, said = 200, {**told, "predictions": reference.predict(values)}
        found.append(json.dumps({"statusCode": status, "body": json.dumps(said)}))
        return status, said

    conformance.require(ask, reference, "the reference")
    return found


def will_answer(cloud: Cloud, results: Sequence[str]) -> None:
    tell(cloud, "static/lambda-simple/response", {"results": list(results), "region": "us-east-1"})


def written(root: Path, version: int) -> tuple[Build, Packed]:
    """A build whose archive is small: moto only keeps it."""
    given = packed(root, version)
    home = Home(root=root, folder=root / "deployments", model="m")
    folder = functions.folder(home, given)
    functions.write(given, home, folder, [], {"function.py": aws_lambda.ENTRY})
    archive.write(folder, [], Path(f"{folder}.zip"))
    return Build.of(given, aws_lambda.NAME, str(folder), conformance.Proof(golden=30, refusals=1)), given


def test_alias_points_to_a_version_once_it_has_proven_itself(root: Path, cloud: Cloud) -> None:
    there = target(root, role=ROLE)
    assert there.status() == ()
    with pytest.raises(DeployError, match="no version of 'm' answers as m:live"):
        there.withdraw()
    for version in (1, 2):
        build, given = written(root, version)
        will_answer(cloud, answers(given.reference))
        found = there.release(build)
        assert (found.version, found.bundle, found.state) == (version, build.bundle, State.READY)
        assert found.told["published version"] == str(version)
        assert found.told["archive"].endswith(" unpacked, of 250 MiB")
    third, given = written(root, 3)
    will_answer(cloud, ['{"errorMessage": "No module named numpy", "errorType": "Runtime.ImportModuleError"}'])
    with pytest.raises(ModelError, match=r"version 3 of the function m .*No module named numpy.* Whatever answered"):
        there.release(third)
    assert [each.version for each in there.status()] == [2]
    assert there.withdraw().state is State.WITHDRAWN
    assert there.status() == ()


def test_aws_is_not_asked_by_a_project_that_has_nothing_to_do_with_it(root: Path) -> None:
    assert target(root).status() == ()


def test_release_says_what_is_missing(root: Path, cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    build, given = written(root, 1)
    with pytest.raises(DeployError, match=r"there is no function m\. To make one, name its role"):
        target(root).release(build)
    with pytest.raises(DeployError, match=r"name the repository in ECR .*deploy\.aws-lambda\.image"):
        target(root, package="image").release(build)
    image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/late"
    with pytest.raises(DeployError, match=f"is not in ECR.* docker build .* && docker push {image}:1-"):
        target(root, package="image", image=image).release(build)
    ecr, tag = boto3.client("ecr"), Path(build.place).name
    ecr.create_repository(repositoryName="late")
    ecr.put_image(repositoryName="late", imageManifest=MANIFEST, imageTag=tag)
    will_answer(cloud, answers(given.reference))
    found = target(root, package="image", image=image, function="of-image", role=ROLE).release(build)
    assert (found.state, found.told["function"]) == (State.READY, "of-image")
    monkeypatch.setattr(archive, "DIRECT_BYTES", 1000)
    with pytest.raises(DeployError, match=r"Lambda takes 50 MiB directly: name an S3 bucket"):
        target(root, role=ROLE).release(build)
    will_answer(cloud, answers(given.reference))
    assert target(root, role=ROLE, bucket=BUCKET).release(build).state is State.READY
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with pytest.raises(DeployError, match="AWS does not do what the function m needs: Could not connect"):
        target(root).status()


def test_archive_is_refused_when_lambda_would_not_take_it(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build, _ = written(root, 1)
    packages = closure.closure(["numpy"])
    with pytest.raises(DeployError, match=r"the function has \d+ MiB \(numpy \d+ MiB\), and Lambda takes 1 MiB"):
        archive.write(Path(build.place), packages, root / "x.zip", most_bytes=2**20)
    with pytest.raises(DeployError, match=r"cannot write /proc/x\.zip"):
        archive.write(Path(build.place), [], Path("/proc/x.zip"))
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(DeployError, match="do not run on Lambda, which is Linux"):
        archive.write(Path(build.place), [], root / "x.zip")


def test_package_that_is_not_here_cannot_be_built_with() -> None:
    with pytest.raises(DeployError, match="'no-such-package' is not installed here"):
        closure.closure(["no_such.package"])
    with pytest.raises(DeployError, match="cannot copy packages to /proc/x"):
        closure.link(closure.closure(["numpy"]), Path("/proc/x"))
