"""Owns what is predicted: the task, and the classes where there are some. Imports nothing heavy."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict

Label = bool | int | float | str


class Task(StrEnum):
    """What kind of answer a model gives."""

    BINARY = "binary"
    MULTICLASS = "multiclass"
    REGRESSION = "regression"


class Goal(BaseModel):
    """What a model predicts; `model_dump(mode="json")` is what a scrap keeps of it.

    Attributes
    ----------
    task
        Of a binary goal the target is 0 or 1, and a prediction the probability of 1, shape (rows,). Of a multiclass
        goal the target is the place of its class in `classes`, and a prediction the probability of each, shape (rows,
        classes). Of a regression both are numbers, shape (rows,).
    classes
        Labels as they stand in the table, in the order of their codes; of a binary goal the second is the positive one.
        Empty for a regression.
    """

    model_config = ConfigDict(frozen=True)

    task: Task
    classes: tuple[Label, ...] = ()

    @property
    def positive(self) -> Label:
        """The label of a binary goal whose probability is predicted."""
        return self.classes[1]
