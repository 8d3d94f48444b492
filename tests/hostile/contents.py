"""Tables with odd values, names and encodings."""

import random
from collections.abc import Iterator

from tables import ROWS, Case, table, with_more, with_x

SCRIPT = "<script>alert(1)</script>"
FORMULA = '=HYPERLINK("http://127.0.0.1:9/","x")'
ENCODED = ["größe", "Straße", "Ja"]


def numbers() -> Iterator[Case]:
    """Yield tables whose numbers are odd."""
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


def texts() -> Iterator[Case]:
    """Yield tables with text that a page, a sheet, a shell or a parser would take for its own."""
    yield Case(name="html values", content=with_more("note", lambda i: f"{SCRIPT}{i % 4}"))
    yield Case(name="html names", content=table(header=(SCRIPT, "<img src=x onerror=alert(1)>", "y")))
    yield Case(name="formulas", content=with_more("note", lambda i: f"{FORMULA}{i % 4}"))
    yield Case(name="formula name", content=table(header=(FORMULA, "@SUM(1)", "y")))
    yield Case(name="template name", content=table(header=("{{ 7*7 }}", "${HOME}", "y")))
    yield Case(name="code name", content=table(header=('"); import os; os.abort() #', "`id`", "y")))
    yield Case(name="toml name", content=table(header=('"""\n[tool]', "a = 1", 'y"\n1')), target='y"\n1')
    yield Case(name="markdown name", content=table(header=("[x](javascript:alert(1))", "a|b|c", "y")))
    yield Case(name="latex name", content=table(header=("$\\input{x}$", "_^{", "y")))
    yield Case(name="escape name", content=table(header=("\x1b[31mred", "\u202eabc", "y")))
    yield Case(name="path name", content=table(header=("../../etc/passwd", "/dev/null", "y")))
    yield Case(name="python name", content=table(header=("class", "__init__", "y")))
    yield Case(name="our own names", content=table(header=("prediction", "target", "y")))
    yield Case(name="brackets in name", content=table(header=("a[0]<b>", "b,c", "y")))


def dates() -> Iterator[Case]:
    """Yield tables with dates of many forms."""
    yield Case(
        name="dates odd", content=with_more("day", lambda i: f"{i % 28 + 1}.{i % 12 + 1}.26"), given={"time": "day"}
    )
    yield Case(
        name="dates unclear",
        content=with_more("day", lambda i: f"{i % 12 + 1}/{i % 12 + 1}/2026"),
        given={"time": "day"},
        error="'day'",
    )
    yield Case(
        name="dates before 1700", content=with_more("day", lambda i: f"1066-10-{i % 28 + 1:02}"), given={"time": "day"}
    )
    yield Case(
        name="dates after 9999",
        content=with_more("day", lambda i: f"{9990 + i}-01-01"),
        given={"time": "day"},
        error="'day'",
    )
    yield Case(
        name="dates with missing",
        content=with_more("day", lambda i: f"2026-01-{i % 28 + 1:02}" if i else ""),
        given={"time": "day"},
        error="'day'",
    )
    yield Case(name="one moment", content=with_more("day", lambda _: "2026-01-01"), given={"time": "day"})
    yield Case(
        name="time zones mixed",
        content=with_more("day", lambda i: f"2026-01-{i % 28 + 1:02}T00:00:00+0{i % 3}:00"),
        given={"time": "day"},
    )
    yield Case(name="json values", content=with_more("note", lambda i: f'{{"a": {i % 3}}}'))


def encodings() -> Iterator[Case]:
    """Yield tables in other encodings and forms than UTF-8 with commas."""
    words = table(lambda i, row: [row[0], ENCODED[i % 3], row[2]], ("größe", "colour", "y")).decode()
    yield Case(name="latin-1", content=words.encode("latin-1"))
    yield Case(name="cp1252", content=words.replace("Ja", "€").encode("cp1252"))
    yield Case(name="utf-8 with bom", content=words.encode("utf-8-sig"))
    yield Case(name="utf-16", content=words.encode("utf-16"))
    yield Case(name="utf-16 without bom", content=words.encode("utf-16-le"))
    yield Case(name="utf-8 broken", content=words.encode() + b"1,\xff\xfe\xfd,yes\n", error="two encodings: line 242")
    yield Case(name="nuls", content=with_x(lambda i, v: f"{v}\0" if i == 9 else v), error="byte of value 0 in line 11")
    yield Case(name="only nuls", content=b"\0" * 5000, error="table.csv")
    yield Case(name="random bytes", content=random.Random(2).randbytes(5000), error="table.csv")
    yield Case(name="a picture", content=b"\x89PNG\r\n\x1a\n" + random.Random(3).randbytes(3000), error="table.csv")
    yield Case(
        name="html page",
        content=b"<!doctype html><html><body><h1>404, not found</h1></body></html>\n",
        error="table.csv",
    )
    yield Case(name="json in csv", content=b'[{"x": 1, "y": 2}]\n', error="table.csv")
    yield Case(name="parquet in csv", content=b"PAR1" + random.Random(4).randbytes(400) + b"PAR1", error="table.csv")
    yield Case(name="csv in parquet", content=table(), file="table.parquet", error="table.parquet")
    yield Case(name="csv in gzip name", content=table(), file="table.csv.gz")
    yield Case(name="csv in xlsx", content=table(), file="table.xlsx", error="table.xlsx")
    yield Case(name="no suffix", content=table(), file="table")
    yield Case(name="unknown suffix", content=table(), file="table.sav")
    yield Case(name="semicolons", content=table(delimiter=";"))
    yield Case(name="pipes", content=table(delimiter="|"))
    yield Case(name="tabs in csv", content=table(delimiter="\t"))
    yield Case(name="decimal comma", content=table(lambda _, r: [r[0].replace(".", ","), *r[1:]], delimiter=";"))
    yield Case(name="single quotes", content=table(lambda _, r: [r[0], f"'{r[1]}'", r[2]]))


FILE_NAMES = (
    "with space.csv",
    "it's.csv",
    'quo"te.csv',
    "semi;colon.csv",
    "new\nline.csv",
    "-dash.csv",
    "--target.csv",
    "größe.csv",
    "100%.csv",
    "%41.csv",
    "a#b.csv",
    "a?b.csv",
    "a::b.csv",
    "a:b.csv",
    "example:x.csv",
    "$(touch x).csv",
    "`id`.csv",
    "star*.csv",
    "[ab].csv",
    "{a,b}.csv",
    "~.csv",
    "back\\slash.csv",
    "\x1b[31m.csv",
    "<b>.csv",
    "a&b.csv",
    "..csv.csv",
    "\u202egnp.csv",
    "a=b.csv",
    "UPPER.CSV",
    "tab\t.csv",
)


def names() -> Iterator[Case]:
    """Yield good tables in files with hostile names."""
    for name in FILE_NAMES:
        yield Case(name=f"file name {name!r}", content=table(), file=name)


CASES = (*numbers(), *texts(), *dates(), *encodings(), *names())
