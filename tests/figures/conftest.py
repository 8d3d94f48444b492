import pytest

from pipeline.figures import style


@pytest.fixture(autouse=True)
def _styled() -> None:
    style.use()
