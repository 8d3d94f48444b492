"""What is read back equals what was glued, with its type; anything else is refused by name."""

import collections
import decimal
import enum
import fractions
import io
import math
import subprocess
import sys
from datetime import UTC, date, datetime, time, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from hypothesis.extra import pandas as hpd
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder

from pipeline.errors import ScrapError
from pipeline.store import codecs, literals

ZONES = st.none() | st.just(UTC) | st.sampled_from([ZoneInfo("Europe/Paris"), ZoneInfo("Asia/Kolkata")])
NUMPY_SCALARS = st.sampled_from(
    ["bool", "int8", "int64", "uint64", "float16", "float32", "float64", "complex128", "M8[s]", "m8[ns]", "U3", "S3"]
).flatmap(lambda dtype: hnp.arrays(dtype, 1).map(lambda array: array[0]))
HASHABLE = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.binary()
    | st.dates()
    | st.datetimes(timezones=ZONES)
    | st.times(timezones=st.none() | st.just(UTC))
    | st.timedeltas()
    | st.decimals()
    | st.fractions()
    | st.uuids()
    | st.complex_numbers()
)
LITERALS = st.recursive(
    HASHABLE | NUMPY_SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(st.text() | st.integers() | st.sampled_from(["$tuple", "$"]), inner, max_size=4)
        | st.sets(st.integers() | st.text(), max_size=4)
        | st.frozensets(st.dates(), max_size=4)
    ),
    max_leaves=12,
)
COLUMNS = hpd.data_frames(
    [
        hpd.column("whole", dtype="int64"),
        hpd.column("real", dtype="float64"),
        hpd.column("flag", dtype="bool"),
        hpd.column("when", dtype="M8[us]"),
        hpd.column("text", elements=st.text(max_size=5), dtype="str"),
    ],
    index=hpd.range_indexes(max_size=8),
)


def same(left: object, right: object) -> bool:  # noqa: PLR0911 - a line for each kind of value
    if type(left) is not type(right):
        return False
    if isinstance(left, float):
        return left == right or (math.isnan(left) and math.isnan(right))
    if isinstance(left, decimal.Decimal):
        return str(left) == str(right)
    if isinstance(left, complex):
        return same(left.real, right.real) and same(left.imag, right.imag)
    if isinstance(left, np.generic):
        return left.dtype == right.dtype and np.array([left]).tobytes() == np.array([right]).tobytes()
    if isinstance(left, (list, tuple)):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict):
        return same(list(left.items()), list(right.items()))
    if isinstance(left, datetime):
        return left == right and type(left.tzinfo) is type(right.tzinfo) and left.fold == right.fold
    return left == right


def back(value: object) -> object:
    encoded = codecs.encode(value)
    found = codecs.decode(encoded.kind, encoded.payload)
    assert codecs.encode(found).digest == encoded.digest
    return found


@given(LITERALS)
@settings(max_examples=300, deadline=None)
def test_literal_comes_back_the_same(value: object) -> None:
    assert same(back(value), value)


@pytest.mark.slow
@given(COLUMNS)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_table_comes_back_the_same(frame: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(back(frame), frame, check_exact=True)


@given(hnp.arrays(hnp.scalar_dtypes(), hnp.array_shapes(min_dims=0, max_dims=3, max_side=4)))
@settings(max_examples=100, deadline=None)
def test_array_comes_back_the_same(array: np.ndarray) -> None:
    found = back(array)
    assert (found.dtype, found.shape, found.tobytes()) == (array.dtype, array.shape, array.tobytes())


@pytest.mark.parametrize(
    "value",
    [
        pd.NA,
        pd.NaT,
        pd.Timestamp("2026-03-29 01:59:59.123456789", tz="Europe/Paris"),
        pd.Timedelta(5, unit="ns"),
        Path("a/b.csv"),
        time(3, 4, tzinfo=timezone(timedelta(hours=-5))),
        datetime(2026, 10, 25, 2, 30, fold=1, tzinfo=ZoneInfo("Europe/Paris")),
        {"$tuple": 1},
        {"nested": [{"$float": "nan"}]},
    ],
    ids=str,
)
def test_awkward_value_comes_back_the_same(value: object) -> None:
    found = back(value)
    assert type(found) is type(value)
    assert str(found) == str(value)


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame(),
        pd.DataFrame({"count": pd.array([1, None], dtype="Int64"), "yes": pd.array([True, None], dtype="boolean")}),
        pd.DataFrame({"size": pd.Categorical(["s", None, "l"], categories=["s", "m", "l"], ordered=True)}),
        pd.DataFrame(
            {"size": pd.Categorical([], categories=["s", "m"], ordered=True), "n": pd.Categorical([], [1, 2])}
        ),
        pd.DataFrame({"name": ["x", None]}),
        pd.DataFrame({"old": pd.Series(["x", None], dtype=object)}),
        pd.DataFrame({"at": pd.to_datetime(["2026-01-01", None]).tz_localize("America/New_York")}),
        pd.DataFrame({"n": [1, 2, 3]}, index=pd.date_range("2026", periods=3, freq="D", name="day")),
        pd.DataFrame([[1, 2]], columns=pd.MultiIndex.from_product([["a"], ["b", "c"]])),
        pd.DataFrame({"v": [1.0]}, index=pd.MultiIndex.from_tuples([("x", 1)], names=["k", None])),
        pd.DataFrame({0: [1], 1: [2]}),
        pd.DataFrame({"gap": pd.to_timedelta([1, None], unit="s"), "m": pd.period_range("2026", periods=2, freq="M")}),
    ],
    ids=range(12),
)
def test_awkward_table_comes_back_the_same(frame: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(back(frame), frame, check_exact=True)


@pytest.mark.parametrize("name", [None, "n"])
def test_series_comes_back_the_same_with_its_name(name: str | None) -> None:
    series = pd.Series([1.5, None], name=name)
    pd.testing.assert_series_equal(back(series), series, check_exact=True)


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (lambda: None, "function would not come back"),
        (object(), r"builtins\.object would not come back"),
        (collections.OrderedDict(a=1), "OrderedDict would not come back"),
        (collections.namedtuple("Point", "x y")(1, 2), "Point would not come back"),  # noqa: PYI024 - the thing itself
        (enum.IntEnum("Colour", "RED").RED, "Colour would not come back"),
        (np.longdouble(1), "longdouble would not come back"),
        (np.ma.array([1]), "MaskedArray of int64 cannot be kept"),
        (np.array([object()]), "ndarray of object cannot be kept"),
        (pd.Index([1]), "Index would not come back"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), "Duplicate column names"),
        (pd.DataFrame({"a": [1, "x"]}), "table cannot be kept"),
        (pd.DataFrame({1: [1], "x": [2]}), "would not come back as it is"),
        (pd.DataFrame({"o": [None, float("nan")]}, dtype=object), "objects of several types"),
        ("\ud800", "lone surrogate at position 1"),
        (make_pipeline(FunctionTransformer(lambda x: x)), "Pipeline cannot be kept|may not be loaded"),
    ],
    ids=range(15),
)
def test_value_is_refused_by_name_when_it_would_change(value: object, why: str) -> None:
    with pytest.raises(ScrapError, match=why):
        codecs.encode(value)


def model(seed: int) -> object:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"x": rng.normal(size=300), "c": rng.choice(["a", "b"], 300)})
    encoder = make_column_transformer((OneHotEncoder(handle_unknown="ignore"), ["c"]), remainder="passthrough")
    booster = HistGradientBoostingClassifier(max_iter=5, random_state=0)
    return make_pipeline(encoder, booster).fit(frame, frame["x"] > 0)


def test_model_has_one_digest_however_often_it_is_fitted_kept_and_loaded() -> None:
    first = codecs.encode(model(0))
    assert codecs.encode(model(0)).digest == first.digest
    assert codecs.encode(codecs.decode("model", first.payload)).digest == first.digest
    assert codecs.encode(model(1)).digest != first.digest


@pytest.mark.slow
def test_model_has_the_same_digest_in_another_process(tmp_path: Path) -> None:
    script = tmp_path / "fit.py"
    script.write_text(
        "from sklearn.linear_model import LogisticRegression\nfrom pipeline.store import codecs\n"
        "print(codecs.encode(LogisticRegression().fit([[0.0], [1.0]], [0, 1])).digest)\n"
    )
    there = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True).stdout.strip()
    assert there == codecs.encode(LogisticRegression().fit([[0.0], [1.0]], [0, 1])).digest


def test_loaded_model_predicts_the_same() -> None:
    fitted = model(0)
    rows = pd.DataFrame({"x": [0.1, -0.2, None], "c": ["a", "unseen", "b"]})
    np.testing.assert_array_equal(back(fitted).predict_proba(rows), fitted.predict_proba(rows))


def test_crafted_model_is_refused() -> None:
    with pytest.raises(ScrapError, match="cannot be loaded safely"):
        codecs.decode("model", b"PK not a zip")


def test_pickle_is_not_executed(tmp_path: Path) -> None:
    witness = tmp_path / "witness"
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "|O", "fortran_order": False, "shape": (1,)})
    payload = header.getvalue() + f"cos\nsystem\n(S'touch {witness}'\ntR.".encode()
    with pytest.raises(ValueError, match="allow_pickle=False"):
        codecs.decode("array", payload)
    assert not witness.exists()


def test_unknown_kind_is_refused() -> None:
    with pytest.raises(ScrapError, match="unknown kind 'hologram'"):
        codecs.decode("hologram", b"")


def test_unknown_tag_is_refused() -> None:
    with pytest.raises(ScrapError, match=r"unknown tag '\$future'"):
        literals.untag({"$future": 1})


@pytest.mark.parametrize(
    ("value", "seen"),
    [(np.float64(0.5), 0.5), ((1, 2), [1, 2]), (date(2026, 1, 2), "2026-01-02"), (fractions.Fraction(1, 3), "1/3")],
)
def test_readable_form_is_what_a_person_expects(value: object, seen: object) -> None:
    assert literals.readable(literals.tag(value)) == seen
