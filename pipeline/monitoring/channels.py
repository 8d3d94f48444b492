"""Channels: who hears of findings, as settings say. Light: every command reads it."""

from pydantic import BaseModel, ConfigDict, Field


class Channels(BaseModel):
    """`[tool.pipeline.alerts]`: who hears of findings."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    notify: list[str] = Field([], description="names of secrets, each the apprise URL of somebody to be told")
    textfile: str = Field("", description="a file for Prometheus's node exporter, beside what the service tells")
    pushgateway: str = Field("", description="address of a Prometheus push gateway")
    log: str = Field("", description="a file that each finding is written to, as a line of JSON (ECS)")
