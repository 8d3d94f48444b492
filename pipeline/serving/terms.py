"""Terms: `[tool.pipeline.serve]`, how the service keeps its log and what it takes from whom."""

from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipeline.data import addresses
from pipeline.errors import SettingsError, near
from pipeline.serving.hiding import KEY

_WHERE = "[tool.pipeline.serve]"


class Terms(BaseModel):
    """What holds while models are served; each has a value where settings say nothing."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    traffic: str = Field("", description="PostgreSQL database of the log, `postgresql://...`; left out: a SQLite file")
    traffic_keep_days: float | None = Field(None, gt=0, description="age from which on predictions are removed, days")
    traffic_keep_rows: int | None = Field(None, ge=1, description="newest predictions that are kept")
    traffic_keep_mb: float | None = Field(None, gt=0, description="about how much predictions may take, MiB")
    traffic_watch_days: float = Field(30, ge=0, description="days whose predictions are never removed")
    sensitive: dict[str, Literal["hash", "drop"]] = Field({}, description="columns that are not written as they come")
    requests_per_s: float | None = Field(None, gt=0, description="most requests of one caller, a second")
    most_rows: int = Field(10_000, ge=1, description="most rows or labels of a request")
    most_mb: float = Field(8, gt=0, description="largest body of a request, MiB")
    request_timeout_s: float = Field(15, gt=0, description="longest time for a request to arrive, seconds")

    @property
    def most_bytes(self) -> int:
        """Largest body of a request."""
        return int(self.most_mb * 2**20)

    @property
    def secrets(self) -> list[str]:
        """Names of the secrets that its log needs."""
        return [*addresses.named(self.traffic), *([KEY] if "hash" in self.sensitive.values() else [])]


def read(table: object) -> Terms:
    """Read the table of settings.

    Raises
    ------
    SettingsError
        If a key is unknown, or a value is of a wrong type, out of its range, or contradicts another.
    """
    if not isinstance(table, Mapping):
        raise SettingsError(f"{_WHERE} is {table!r}, not a table. Make it one.")
    if unknown := sorted(table.keys() - Terms.model_fields.keys()):
        raise SettingsError(f"{_WHERE} has the unknown key {unknown[0]!r}: {near(unknown[0], Terms.model_fields)}")
    try:
        terms = Terms(**table)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key, rule = ".".join(map(str, first["loc"])), Terms.model_fields[str(first["loc"][0])].description
        raise SettingsError(f"{key} ({rule}) is {first['input']!r} in {_WHERE}: {first['msg']}. Mend it.") from error
    if terms.traffic_keep_days is not None and terms.traffic_keep_days < terms.traffic_watch_days:
        raise SettingsError(
            f"{_WHERE} removes predictions after {terms.traffic_keep_days:g} days (traffic_keep_days) and never within "
            f"{terms.traffic_watch_days:g} (traffic_watch_days, which monitoring looks at). Raise the one or lower the "
            "other."
        )
    return terms
