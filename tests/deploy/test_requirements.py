import ast
import sys
from importlib import metadata
from pathlib import Path

from pipeline.deploy import requirements
from pipeline.serving.terms import Terms

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


def test_whatever_serving_imports_is_needed() -> None:
    """One is not: what compiles a model did so before."""
    logged = requirements.of(Terms(traffic="postgresql://db/traffic"))
    assert requirements.of(Terms()) == ()
    modules, needed = metadata.packages_distributions(), requirements.needed([]) | requirements.closed(logged)
    missing = {
        f"{path.name} imports {name}"
        for path in (LOCK.parent / "pipeline" / "serving").glob("*.py")
        for name in imported(path) - {"pipeline", "onnx"} - sys.stdlib_module_names
        if not {requirements.canonicalize_name(each) for each in modules.get(name, ())} & needed
    }
    assert missing == set()


def imported(path: Path) -> set[str]:
    """Name what a file imports, wherever it does so."""
    nodes = list(ast.walk(ast.parse(path.read_text())))
    plain = [name.name for node in nodes if isinstance(node, ast.Import) for name in node.names]
    parts = [node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module]
    return {name.partition(".")[0] for name in (*plain, *parts)}
