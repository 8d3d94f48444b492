"""Policy: when a model is trained anew by itself, and what holds it back. `[tool.pipeline.retrain]`."""

from collections.abc import Mapping
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from pipeline.errors import SettingsError, near

_WHERE = "[tool.pipeline.retrain]"


class Policy(BaseModel):
    """`[tool.pipeline.retrain]`: what asks for another training, and what holds it back."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    performance: bool = Field(default=True, description="whether predictions that got worse ask for it")
    drift: bool = Field(default=True, description="whether inputs or predictions that moved ask for it")
    every_days: float | None = Field(default=None, gt=0, description="days after which it is time again")
    growth: float = Field(default=0.2, gt=0, description="new labelled rows that ask for it, a share of the champion's")
    bad: int = Field(default=2, ge=1, description="windows that must show the same critical finding")
    windows: int = Field(default=3, ge=1, description="the newest windows among which they are")
    cooldown_h: float = Field(default=24.0, ge=0, description="hours between two of them")
    new_rows: int = Field(default=1000, ge=0, description="new labelled rows without which nothing is to be learnt")
    a_day: int = Field(default=2, ge=1, description="most within 24 hours")
    fruitless: int = Field(
        default=3, ge=1, description="in a row without a new champion, after which a person is called"
    )
    test_share: float = Field(default=0.2, gt=0, lt=1, description="share of the rows, the newest, to test on")
    traffic: bool = Field(default=False, description="whether served rows are learnt from once their labels are there")
    mature_h: float = Field(default=0.0, ge=0, description="hours after which the labels of served rows are counted on")
    compare_rows: int = Field(
        default=1000, ge=200, description="labelled rows after a promotion on which the champion before is compared"
    )
    every_s: float = Field(default=3600.0, gt=0, description="seconds between two steps of the loop")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.bad > self.windows:
            raise ValueError(f"bad is {self.bad}, more than the {self.windows} windows among which they are")
        return self


def policy(table: Mapping[str, Any]) -> Policy:
    """Read the table of settings.

    Raises
    ------
    SettingsError
        If a key is unknown, with near matches, or a value is not what it must be.
    """
    if unknown := sorted(set(table) - set(Policy.model_fields)):
        raise SettingsError(f"{_WHERE} has the unknown key {unknown[0]!r}: {near(unknown[0], Policy.model_fields)}")
    try:
        return Policy.model_validate(dict(table))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        if not first["loc"]:
            raise SettingsError(f"{_WHERE}: {first['msg']}. Mend it there.") from error
        key = str(first["loc"][0])
        rule = Policy.model_fields[key].description
        raise SettingsError(
            f"{key} ({rule}) is {first['input']!r} in {_WHERE}: {first['msg']}. Mend it there."
        ) from error
