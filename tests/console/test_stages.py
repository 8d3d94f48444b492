import pytest

from pipeline.console.stages import declaration
from pipeline.stages.parameters import declared


@pytest.mark.parametrize(
    ("line", "written"),
    [
        ("a: int = 1", "a: int = 1"),
        ("a: Annotated[int, Field(ge=1)] = 12", "a: int (>= 1) = 12"),
        ("a: Annotated[int, Field(ge=1, le=9)] = 12", "a: int (>= 1, <= 9) = 12"),
        ("a: Annotated[int, Ge(1)] = 12", "a: int (Ge(1)) = 12"),
        ("a: Annotated[str, Field(min_length=1)] = 'x'", "a: str (min length 1) = 'x'"),
        ("a: Literal['x', 'y'] = 'x'", "a: Literal['x', 'y'] = 'x'"),
        ("a = 3", "a = 3"),
        ("a: int", "a: int, must be given"),
    ],
)
def test_declaration_is_written_for_a_person(line: str, written: str) -> None:
    assert [declaration(each) for each in declared(line)] == [written]
