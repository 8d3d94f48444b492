from importlib import metadata
from pathlib import Path

from pipeline.deploy import requirements

LOCK = Path(__file__).parents[2] / "requirements.lock"
UV = """
[[package]]
name = "{name}"
version = "{version}"
sdist = {{ url = "https://example.org/x.tar.gz", hash = "sha256:{one}" }}
wheels = [{{ url = "https://example.org/x.whl", hash = "sha256:{two}" }}]
"""


def test_pins_have_the_hashes_of_the_lock_and_what_serving_needs_alone() -> None:
    pins = requirements.pinned(LOCK.parent, ["sklearn"])
    assert f"scikit-learn=={metadata.version('scikit-learn')} \\\n    --hash=sha256:" in pins
    assert "mlflow" not in pins


def test_libraries_of_the_model_are_needed_too() -> None:
    assert "xgboost-cpu" in requirements.needed(["xgboost"])
    assert "xgboost-cpu" not in requirements.needed(["sklearn"])


def test_lock_of_uv_says_the_same(tmp_path: Path) -> None:
    one, two = 64 * "1", 64 * "2"
    versions = {name: metadata.version(name) for name in requirements.needed([])}
    locked = [UV.format(name=name, version=version, one=one, two=two) for name, version in versions.items()]
    (tmp_path / "uv.lock").write_text("".join(locked))
    lines = requirements.pinned(tmp_path, []).splitlines()
    first = f"annotated-doc=={versions['annotated-doc']} \\"
    assert lines[:3] == [first, f"    --hash=sha256:{one} \\", f"    --hash=sha256:{two}"]
