"""Tables that somebody could bring: hostile, odd, or just not what was expected; each says what must become of it."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from io import StringIO
import csv

ROWS = 240


@dataclass(frozen=True, kw_only=True)
class Case:
    """A file, what is asked of it, and what must come of it.

    Attributes
    ----------
    content
        Its bytes.
    error
        Pattern of the one clear error; empty where it must be read.
    given
        Options beside source and target.
    """

    name: str
    content: bytes
    target: str = "y"
    file: str = "table.csv"
    error: str = ""
    given: dict[str, str] = field(default_factory=dict)


def drawn(index: int, *, kind: str = "number") -> str:
    """Draw the value of a row, the same each time."""
    chance = random.Random(f"{kind}{index}")
    match kind:
        case "number":
            return f"{chance.gauss(0, 1):.3f}"
        case "word":
            return chance.choice(["red", "green", "blue"])
        case "yes":
            return "yes" if chance.gauss(0, 1) + (float(drawn(index)) > 0) > 0.7 else "no"
        case "class":
            return "abc"[(float(drawn(index)) > 0) + (chance.random() > 0.6)]
        case "amount":
            return f"{10 + 3 * float(drawn(index)) + chance.gauss(0, 1):.2f}"
    raise ValueError(kind)


def rows(count: int = ROWS, target: str = "yes") -> list[list[str]]:
    """Return rows of a number, a word and a target that has something to do with the number."""
    return [[drawn(i), drawn(i, kind="word"), drawn(i, kind=target)] for i in range(count)]


def text(header: Sequence[str], body: Sequence[Sequence[str]], **form: str) -> str:
    """Write CSV."""
    out = StringIO()
    csv.writer(out, lineterminator="\n", **form).writerows([header, *body] if header else body)  # type: ignore[arg-type]
    return out.getvalue()


def table(
    change: Callable[[int, list[str]], list[str]] = lambda _, row: row,
    header: Sequence[str] = ("x", "colour", "y"),
    target: str = "yes",
    count: int = ROWS,
    **form: str,
) -> bytes:
    """Write the usual table with each row changed."""
    return text(header, [change(i, row) for i, row in enumerate(rows(count, target))], **form).encode()


def with_target(values: Callable[[int, str], str], target: str = "yes") -> bytes:
    return table(lambda i, row: [row[0], row[1], values(i, row[2])], target=target)


def with_x(values: Callable[[int, str], str]) -> bytes:
    return table(lambda i, row: [values(i, row[0]), row[1], row[2]])


def with_more(header: str, values: Callable[[int], str]) -> bytes:
    return table(lambda i, row: [*row, values(i)], ("x", "colour", "y", header))


SCRIPT = "<script>alert(1)</script>"
FORMULA = '=HYPERLINK("http://127.0.0.1:9/","x")'
ENCODED = "größe;Straße;Ja".split(";")


def shapes() -> Iterator[Case]:
    """Yield tables of a wrong or an odd shape."""
    yield Case(name="empty", content=b"", error="empty|no rows")
    yield Case(name="blank lines only", content=b"\n\n\n", error="empty|no rows")
    yield Case(name="spaces only", content=b"   \n  \n", error="empty|no rows|column")
    yield Case(name="bom only", content=b"\xef\xbb\xbf", error="empty|no rows")
    yield Case(name="header only", content=b"x,colour,y\n", error="no rows")
    yield Case(name="header without newline", content=b"x,colour,y", error="no rows")
    yield Case(name="one row", content=table(count=1), error="'y'")
    yield Case(name="two rows", content=b"x,y\n1,yes\n2,no\n", error="row")
    yield Case(name="three rows", content=b"x,y\n1,yes\n2,no\n3,no\n", error="row")
    yield Case(name="one column", content=b"y\n" + b"yes\nno\n" * 120, error="column")
    yield Case(name="ragged longer", content=table() + b"1,red,yes,more,more\n", error="(?i)line|row|field")
    yield Case(name="ragged all longer", content=table(lambda _, row: [*row, "z"]), error="(?i)line|row|field|column")
    yield Case(name="ragged shorter", content=table() + b"1\n" + table(count=20).partition(b"\n")[2])
    yield Case(name="duplicate names", content=table(header=("x", "x", "y")), error="'x'")
    yield Case(name="duplicate target", content=table(header=("x", "y", "y")), error="'y'")
    yield Case(name="names that differ in case", content=table(header=("Y", "colour", "y")))
    yield Case(name="names that differ in blanks", content=table(header=("x", "x ", "y")))
    yield Case(name="empty name", content=table(header=("", "colour", "y")))
    yield Case(name="two empty names", content=table(header=("", "", "y")))
    yield Case(name="blank name", content=table(header=(" ", "colour", "y")))
    yield Case(name="trailing comma", content=b"x,colour,y,\n" + b"".join(l + b",\n" for l in table().splitlines()[1:]))
    yield Case(name="header missing", content=text((), rows()).encode(), target="column_3")
    yield Case(name="header of numbers", content=table(header=("1", "2", "3")), target="3")
    yield Case(name="five thousand columns", content=wide(5000, 120))
    yield Case(name="duplicated rows", content=table(lambda i, _: rows(ROWS)[i % 40]))
    yield Case(name="all rows the same", content=table(lambda _, __: ["1", "red", "yes"]), error="'y'.*'yes'")
    yield Case(name="carriage returns", content=table().replace(b"\n", b"\r"))
    yield Case(name="windows lines", content=table().replace(b"\n", b"\r\n"))
    yield Case(name="blank lines between", content=table().replace(b"\n", b"\n\n"))
    yield Case(name="comments on top", content=b"# exported 2026\n# by me\n" + table(), error="'y'|line|row|field")
    yield Case(name="quoted newlines", content=with_more("note", lambda i: f"a\n{i % 3},b"))
    yield Case(name="open quote", content=table() + b'1,"red,yes\n', error="(?i)quot|line|row|eof|cannot be read|field")
    yield Case(name="very long value", content=with_more("note", lambda i: "z" * (200_000 if i == 7 else 3)))
    yield Case(name="long name", content=table(header=("x" * 5000, "colour", "y")))


def wide(columns: int, count: int) -> bytes:
    chance = random.Random(1)
    body = [[str(chance.randrange(100)) for _ in range(columns)] + [drawn(i, kind="yes")] for i in range(count)]
    return text([*(f"c{i}" for i in range(columns)), "y"], body).encode()


def targets() -> Iterator[Case]:
    """Yield tables whose target is odd."""
    yield Case(name="target not there", content=table(), target="Y", error="no column 'Y'.*'y'")
    yield Case(name="target with leading blank", content=table(header=("x", "colour", " y")))
    yield Case(name="target of html", content=table(header=("x", "colour", SCRIPT)), target=SCRIPT)
    yield Case(name="constant target", content=with_target(lambda *_: "yes"), error="'y'.*'yes'")
    yield Case(name="target all missing", content=with_target(lambda *_: ""), error="'y'.*missing")
    yield Case(name="one label", content=with_target(lambda i, _: "yes" if i == 3 else ""), error="'y'")
    yield Case(name="one row of a class", content=with_target(lambda i, _: "yes" if i == 3 else "no"), error="'y'")
    yield Case(name="two rows of a class", content=with_target(lambda i, _: "yes" if i in {3, 9} else "no"), error="'y'")
    yield Case(name="labels missing in half", content=with_target(lambda i, v: v if i % 2 else ""))
    yield Case(name="values with blanks", content=with_target(lambda i, v: f" {v}" if i % 2 else v))
    yield Case(name="values with trailing blanks", content=with_target(lambda i, v: f"{v} " if i % 2 else v))
    yield Case(name="mixed case booleans", content=with_target(lambda i, v: (v, v.upper(), v.title())[i % 3]))
    yield Case(name="booleans", content=with_target(lambda _, v: str(v == "yes")))
    yield Case(name="zero and one", content=with_target(lambda _, v: "01"[v == "yes"]))
    yield Case(name="zero and one as decimals", content=with_target(lambda _, v: ("0.0", "1.0")[v == "yes"]))
    yield Case(name="minus one and one", content=with_target(lambda _, v: ("-1", "1")[v == "yes"]))
    yield Case(name="several classes", content=table(target="class"))
    yield Case(name="amounts", content=table(target="amount"))
    yield Case(name="amounts with euro", content=with_target(lambda _, v: f"{v} €", "amount"), error="'y'")
    yield Case(name="amounts and a word", content=with_target(lambda i, v: "n/k" if i == 5 else v, "amount"), error="'y'")
    yield Case(name="infinite amount", content=with_target(lambda i, v: "inf" if i == 5 else v, "amount"), error="'y'")
    yield Case(name="each label its own", content=with_target(lambda i, _: f"name {i}"), error="'y'")
    yield Case(name="dates as target", content=with_target(lambda i, _: f"2026-01-{i % 28 + 1:02}"), error="'y'")
    yield Case(name="html classes", content=with_target(lambda _, v: f"{SCRIPT}{v}"))
    yield Case(name="target also time", content=table(), given={"time": "y"}, error="'y'")
    yield Case(name="target also id", content=table(), given={"id": "y"}, error="'y'")
    yield Case(name="id not unique", content=table(), given={"id": "colour"}, error="'colour'")
    yield Case(name="time no date", content=table(), given={"time": "colour"}, error="'colour'")
    yield Case(name="wrong task", content=table(), given={"task": "regression"}, error="'y'")
    yield Case(name="unknown task", content=table(), given={"task": "magic"}, error="magic.*binary")


def values() -> Iterator[Case]:
    """Yield tables whose values are odd."""
    yield Case(name="column all missing", content=with_more("z", lambda _: ""))
    yield Case(name="column of nan", content=with_more("z", lambda _: "NaN"))
    yield Case(name="constant column", content=with_more("z", lambda _: "1"))
    yield Case(name="infinite numbers", content=with_x(lambda i, v: ("inf", "-inf")[i % 2] if i % 50 == 0 else v))
    yield Case(name="huge numbers", content=with_x(lambda i, v: "1e308" if i % 50 == 0 else v))
    yield Case(name="beyond float", content=with_x(lambda i, v: "1e999" if i % 50 == 0 else v))
    yield Case(name="huge integers", content=with_x(lambda i, _: str(10**30 + i)))
    yield Case(name="integers beyond int64", content=with_x(lambda i, _: str(2**63 + i)))
    yield Case(name="negative zero", content=with_x(lambda i, _: ("-0.0", "0.0")[i % 2]))
    yield Case(name="tiny numbers", content=with_x(lambda _, v: f"{v}e-320"))
    yield Case(name="hexadecimal", content=with_x(lambda i, _: hex(i)))
    yield Case(name="underscored numbers", content=with_x(lambda i, _: f"1_{i:03}"))
    yield Case(name="thousands", content=with_x(lambda i, _: f"1,{i:03}.5"))
    yield Case(name="per cent", content=with_x(lambda i, _: f"{i % 100} %"))
    yield Case(name="question marks", content=with_x(lambda i, v: "?" if i % 10 == 0 else v))
    yield Case(name="blanks for numbers", content=with_x(lambda i, v: " " if i % 10 == 0 else v))
    yield Case(name="numbers and words", content=with_x(lambda i, v: "unknown" if i % 2 else v))
    yield Case(name="a word late", content=with_x(lambda i, v: "oops" if i == ROWS - 1 else v))
    yield Case(name="leading zeros", content=with_x(lambda i, _: f"{i:06}"), given={"id": "x"})
    yield Case(name="html values", content=with_more("note", lambda i: f"{SCRIPT}{i % 4}"))
    yield Case(name="html names", content=table(header=(SCRIPT, "<img src=x onerror=alert(1)>", "y")))
    yield Case(name="formulas", content=with_more("note", lambda i: f"{FORMULA}{i % 4}"))
    yield Case(name="formula name", content=table(header=(FORMULA, "@SUM(1)", "y")))
    yield Case(name="template name", content=table(header=("{{ 7*7 }}", "${HOME}", "y")))
    yield Case(name="code name", content=table(header=('"); import os; os.abort() #', "`id`", "y")))
    yield Case(name="toml name", content=table(header=('"""\n[tool]', "a = 1", 'y"\n')), target='y"\n')
    yield Case(name="markdown name", content=table(header=("[x](javascript:alert(1))", "a|b|c", "y")))
    yield Case(name="latex name", content=table(header=("$\\input{x}$", "_^{", "y")))
    yield Case(name="escape name", content=table(header=("\x1b[31mred", "\u202eabc", "y")))
    yield Case(name="path name", content=table(header=("../../etc/passwd", "/dev/null", "y")))
    yield Case(name="python name", content=table(header=("class", "__init__", "y")))
    yield Case(name="our own names", content=table(header=("prediction", "target", "y")))
    yield Case(name="brackets in name", content=table(header=("a[0]<b>", "b,c", "y")))
    yield Case(name="dates odd", content=with_more("day", lambda i: f"{i % 28 + 1}.{i % 12 + 1}.26"), given={"time": "day"})
    yield Case(
        name="dates unclear", content=with_more("day", lambda i: f"{i % 12 + 1}/{i % 12 + 1}/2026"),
        given={"time": "day"}, error="'day'",
    )
    yield Case(name="dates before 1700", content=with_more("day", lambda i: f"1066-10-{i % 28 + 1:02}"), given={"time": "day"})
    yield Case(name="dates after 9999", content=with_more("day", lambda i: f"{9990 + i}-01-01"), given={"time": "day"}, error="'day'")
    yield Case(name="dates with missing", content=with_more("day", lambda i: f"2026-01-{i % 28 + 1:02}" if i else ""), given={"time": "day"}, error="'day'")
    yield Case(name="one moment", content=with_more("day", lambda _: "2026-01-01"), given={"time": "day"}, error="'day'")
    yield Case(name="time zones mixed", content=with_more("day", lambda i: f"2026-01-{i % 28 + 1:02}T00:00:00+0{i % 3}:00"), given={"time": "day"})
    yield Case(name="json values", content=with_more("note", lambda i: f'{{"a": {i % 3}}}'))


def encodings() -> Iterator[Case]:
    """Yield tables in other encodings and forms than UTF-8 with commas."""
    words = table(lambda i, row: [row[0], ENCODED[i % 3], row[2]], ("größe", "colour", "y")).decode()
    yield Case(name="latin-1", content=words.encode("latin-1"))
    yield Case(name="cp1252", content=words.replace("Ja", "€").encode("cp1252"))
    yield Case(name="utf-8 with bom", content=words.encode("utf-8-sig"))
    yield Case(name="utf-16", content=words.encode("utf-16"))
    yield Case(name="utf-16 without bom", content=words.encode("utf-16-le"))
    yield Case(name="utf-8 broken", content=words.encode() + b"1,\xff\xfe\xfd,yes\n")
    yield Case(name="nuls", content=with_x(lambda i, v: f"{v}\0" if i == 9 else v), error="(?i)nul")
    yield Case(name="only nuls", content=b"\0" * 5000, error="table.csv")
    yield Case(name="random bytes", content=random.Random(2).randbytes(5000), error="table.csv")
    yield Case(name="a picture", content=b"\x89PNG\r\n\x1a\n" + random.Random(3).randbytes(3000), error="table.csv")
    yield Case(name="html page", content=b"<!doctype html><html><body><h1>404, not found</h1></body></html>\n", error="table.csv")
    yield Case(name="json in csv", content=b'[{"x": 1, "y": 2}]\n', error="table.csv")
    yield Case(name="parquet in csv", content=b"PAR1" + random.Random(4).randbytes(400) + b"PAR1", error="table.csv")
    yield Case(name="csv in parquet", content=table(), file="table.parquet", error="table.parquet")
    yield Case(name="csv in gzip name", content=table(), file="table.csv.gz", error="table.csv.gz")
    yield Case(name="csv in xlsx", content=table(), file="table.xlsx", error="table.xlsx")
    yield Case(name="no suffix", content=table(), file="table", error="table")
    yield Case(name="unknown suffix", content=table(), file="table.sav", error="sav")
    yield Case(name="semicolons", content=table(delimiter=";"))
    yield Case(name="pipes", content=table(delimiter="|"))
    yield Case(name="tabs in csv", content=table(delimiter="\t"))
    yield Case(name="decimal comma", content=table(lambda _, r: [r[0].replace(".", ","), *r[1:]], delimiter=";"))
    yield Case(name="single quotes", content=table(lambda _, r: [r[0], f"'{r[1]}'", r[2]]))


FILE_NAMES = (
    "with space.csv", "it's.csv", 'quo"te.csv', "semi;colon.csv", "new\nline.csv", "-dash.csv", "--target.csv", "größe.csv",
    "100%.csv", "%41.csv", "a#b.csv", "a?b.csv", "a::b.csv", "a:b.csv", "example:x.csv", "$(touch x).csv", "`id`.csv",
    "star*.csv", "[ab].csv", "{a,b}.csv", "~.csv", "back\\slash.csv", "\x1b[31m.csv", "<b>.csv", "a&b.csv", "..csv.csv",
    "\u202egnp.csv", "a=b.csv", "UPPER.CSV", "tab\t.csv",
)


def names() -> Iterator[Case]:
    """Yield good tables in files with hostile names."""
    for name in FILE_NAMES:
        yield Case(name=f"file name {name!r}", content=table(), file=name)


CASES = (*shapes(), *targets(), *values(), *encodings(), *names())
