"""AWS Lambda: an archive or an image, published as a version that proves itself before an alias points to it."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from pipeline import secrecy
from pipeline.deploy import archive, conformance, functions
from pipeline.deploy.target import Ask, Build, Deployment, Home, Options, Packed, State
from pipeline.errors import DeployError
from pipeline.serving.access import TOKEN
from pipeline.serving.doors.packed import GUARD

NAME = "aws-lambda"
ENTRY = """from pathlib import Path

from pipeline.serving.doors import aws_lambda

handler = aws_lambda.handler(Path(__file__).parent)
"""
CONTAINERFILE = """FROM public.ecr.aws/lambda/python:{python}
COPY requirements.txt ${{LAMBDA_TASK_ROOT}}/
RUN pip install --no-cache-dir --no-deps --target ${{LAMBDA_TASK_ROOT}} -r ${{LAMBDA_TASK_ROOT}}/requirements.txt
COPY . ${{LAMBDA_TASK_ROOT}}/
CMD ["function.handler"]
"""
_PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
_STATES = {"Active": State.READY, "Inactive": State.READY, "Pending": State.STARTING, "Failed": State.FAILING}


class AwsLambda(Options):
    """`[tool.pipeline.deploy.aws-lambda]`. Region and credentials are those of the environment."""

    function: str = Field("", description="name of the function; empty: the model's")
    role: str = Field("", description="ARN of the role that it runs as; needed where there is no function yet")
    package: Literal["zip", "image"] = Field("zip", description="what it is made of")
    bucket: str = Field("", description="S3 bucket for archives of more than 50 MiB")
    image: str = Field("", description="repository in ECR that holds its images")
    alias: str = Field("live", min_length=1, description="alias that callers name")
    memory_mib: int = Field(1769, ge=512, le=10240, description="memory, MiB; with 1769 it has a whole processor")
    timeout_s: int = Field(30, ge=1, le=900, description="longest time for a request, seconds")
    guard: Literal["outside", "token"] = Field(
        "outside", description="who decides who may ask: AWS's IAM (outside), or a token that callers send"
    )


class Here:
    """The target."""

    options = AwsLambda

    def __init__(self, home: Home, options: AwsLambda) -> None:
        self._home, self._options = home, options

    def build(self, packed: Packed) -> Build:
        """Write the folder, prove it, and put it with its packages into an archive where Lambda takes one."""
        folder = functions.folder(self._home, packed)
        files = {"function.py": ENTRY, "Containerfile": CONTAINERFILE.format(python=_PYTHON)}
        packages = functions.write(packed, self._home, folder, ["mangum"], files)
        proof = functions.prove(folder, "aws_lambda", packages, packed)
        if self._options.package == "zip":
            archive.write(folder, packages, _zip(folder))
        return Build.of(packed, NAME, str(folder), proof)

    def release(self, build: Build) -> Deployment:
        """Publish a version, let it prove itself where it will run, and point the alias to it in one step."""
        with _translated(self._name):
            number = self._published(build)
            reference = functions.reference(build)
            conformance.require(self._asking(number), reference, f"version {number} of the function {self._name}")
            self._point_to(number)
        found, file = self.status()[0], _zip(Path(build.place))
        return replace(found, told={**found.told, "archive": archive.told(file)}) if file.exists() else found

    def status(self) -> Sequence[Deployment]:
        """Look where the alias points to; nobody asks AWS who has neither settings for it nor built anything for it."""
        if self._options == AwsLambda() and not self._home.folder.exists():
            return ()
        with _translated(self._name):
            client = _client("lambda")
            try:
                alias = client.get_alias(FunctionName=self._name, Name=self._options.alias)
            except client.exceptions.ResourceNotFoundException:
                return ()
            number = alias["FunctionVersion"]
            found = client.get_function_configuration(FunctionName=self._name, Qualifier=number)
        told = {"function": self._name, "alias": alias["AliasArn"], "published version": number}
        state = _STATES.get(found.get("State", "Active"), State.FAILING)
        return (Deployment(target=NAME, state=state, told=told, **_said(found, self._home.model)),)

    def withdraw(self) -> Deployment:
        """Remove the alias that callers name; Lambda finishes what was begun."""
        if not (before := self.status()):
            raise DeployError(f"no version of {self._home.model!r} answers as {self._name}:{self._options.alias}.")
        with _translated(self._name):
            _client("lambda").delete_alias(FunctionName=self._name, Name=self._options.alias)
        return replace(before[0], state=State.WITHDRAWN)

    @property
    def _name(self) -> str:
        return self._options.function or self._home.model

    def _published(self, build: Build) -> str:
        """Bring code and settings there, as a version that never changes; returns its number."""
        client, code = _client("lambda"), self._code(build)
        settings = self._settings(build)
        try:
            before = client.get_function_configuration(FunctionName=self._name)
        except client.exceptions.ResourceNotFoundException:
            self._create(client, code, settings)
        else:
            variables = before.get("Environment", {}).get("Variables", {}) | settings["Environment"]["Variables"]
            client.update_function_code(FunctionName=self._name, **code)
            client.get_waiter("function_updated_v2").wait(FunctionName=self._name)
            kept = {**settings, "Environment": {"Variables": variables}}
            client.update_function_configuration(FunctionName=self._name, **kept)
            client.get_waiter("function_updated_v2").wait(FunctionName=self._name)
        return str(client.publish_version(FunctionName=self._name, Description=settings["Description"])["Version"])

    def _create(self, client: Any, code: Mapping[str, Any], settings: Mapping[str, Any]) -> None:  # noqa: ANN401 - boto3's own
        if not self._options.role:
            raise DeployError(f"there is no function {self._name}. To make one, name its role: deploy.{NAME}.role.")
        made = {"PackageType": "Image"}
        if self._options.package == "zip":
            made = {"PackageType": "Zip", "Handler": "function.handler", "Runtime": f"python{_PYTHON}"}
        client.create_function(
            FunctionName=self._name,
            Role=self._options.role,
            Architectures=[archive.machine()],
            Code=code,
            **made,
            **settings,
        )
        client.get_waiter("function_active_v2").wait(FunctionName=self._name)

    def _settings(self, build: Build) -> dict[str, Any]:
        token = {TOKEN: secrecy.lookup(TOKEN)} if self._options.guard == "token" else {}
        return {
            "Description": json.dumps({"model": build.model, "version": build.version, "bundle": build.bundle}),
            "MemorySize": self._options.memory_mib,
            "Timeout": self._options.timeout_s,
            "Environment": {"Variables": {GUARD: self._options.guard, **token}},
        }

    def _code(self, build: Build) -> dict[str, Any]:
        if self._options.package == "image":
            return {"ImageUri": self._image(build)}
        file = _zip(Path(build.place))
        if file.stat().st_size <= archive.DIRECT_BYTES:
            return {"ZipFile": file.read_bytes()}
        if not self._options.bucket:
            raise DeployError(
                f"{file} has {archive.mib(file.stat().st_size)}, and Lambda takes 50 MiB directly: name an S3 bucket "
                f"for it, deploy.{NAME}.bucket."
            )
        key = f"stagebook/{self._name}/{file.name}"
        _client("s3").upload_file(str(file), self._options.bucket, key)
        return {"S3Bucket": self._options.bucket, "S3Key": key}

    def _image(self, build: Build) -> str:
        """Name the image of a build, which has to be in the repository: whoever has Docker brings it there."""
        if not self._options.image:
            raise DeployError(f"name the repository in ECR that holds the images: deploy.{NAME}.image.")
        tag = Path(build.place).name
        uri, repository = f"{self._options.image}:{tag}", self._options.image.partition("/")[2]
        client = _client("ecr")
        try:
            client.describe_images(repositoryName=repository, imageIds=[{"imageTag": tag}])
        except (client.exceptions.ImageNotFoundException, client.exceptions.RepositoryNotFoundException) as error:
            raise DeployError(
                f"{uri} is not in ECR. Make it and repeat the command: docker build --provenance=false --file "
                f"{build.place}/Containerfile --tag {uri} {build.place} && docker push {uri}"
            ) from error
        return uri

    def _asking(self, number: str) -> Ask:
        client, token = _client("lambda"), secrecy.find(TOKEN).split() if self._options.guard == "token" else []

        def ask(body: object) -> tuple[int, Any]:
            payload = json.dumps(event(body, *token[:1])).encode()
            said = client.invoke(FunctionName=self._name, Qualifier=number, Payload=payload)["Payload"].read()
            return _answer(json.loads(said))

        return ask

    def _point_to(self, number: str) -> None:
        client = _client("lambda")
        words = {"FunctionName": self._name, "Name": self._options.alias, "FunctionVersion": number}
        try:
            client.update_alias(**words)
        except client.exceptions.ResourceNotFoundException:
            client.create_alias(**words)


def asking(folder: Path) -> Ask:
    """Say how a built folder is asked: with the events of a function's URL."""
    sys.path.insert(0, str(folder))
    handler = import_module("function").handler
    return lambda body: _answer(handler(event(body), None))


def event(body: object, token: str = "") -> dict[str, Any]:
    """Return a request as Lambda hears of it from a function's URL or an HTTP API."""
    headers = {"content-type": "application/json", "host": "function.example"}
    asked = {
        "method": "POST",
        "path": "/predict",
        "protocol": "HTTP/1.1",
        "sourceIp": "127.0.0.1",
        "userAgent": "pipeline",
    }
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": "/predict",
        "rawQueryString": "",
        "headers": headers | ({"authorization": f"Bearer {token}"} if token else {}),
        "requestContext": {"http": asked},
        "body": json.dumps(body),
        "isBase64Encoded": False,
    }


def _answer(said: Any) -> tuple[int, Any]:  # noqa: ANN401 - any JSON
    """Read what a function returned; one that failed has no status."""
    if not isinstance(said, dict) or "statusCode" not in said:
        return 0, {"error": f"the function failed: {said}"}
    return said["statusCode"], json.loads(said["body"])


def _said(found: Mapping[str, Any], model: str) -> dict[str, Any]:
    """Read which version a published one is; of one that somebody else has published nothing is known."""
    with suppress(ValueError):
        said = json.loads(found.get("Description", ""))
        if isinstance(said, dict) and said.keys() == {"model", "version", "bundle"}:
            return said
    return {"model": model, "version": 0, "bundle": ""}


def _zip(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.zip")


def _client(service: str) -> Any:  # noqa: ANN401 - boto3's own
    import boto3

    return boto3.client(service)


@contextmanager
def _translated(name: str) -> Iterator[None]:
    try:
        from botocore.exceptions import BotoCoreError, ClientError
    except ImportError as error:
        raise DeployError("the extra `aws` is not installed: pip install 'stagebook[aws]'.") from error
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise DeployError(f"AWS does not do what the function {name} needs: {error}") from error
