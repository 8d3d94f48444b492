"""Tables of an odd shape, or with an odd target."""

from collections.abc import Iterator

from tables import ROWS, Case, rows, table, text, wide, with_more, with_target

SCRIPT = "<script>alert(1)</script>"


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
    yield Case(name="ragged shorter", content=table() + b"1\n" + table(count=20).partition(b"\n")[2], error="line 242")
    yield Case(name="duplicate names", content=table(header=("x", "x", "y")), error="'x'")
    yield Case(name="duplicate target", content=table(header=("x", "y", "y")), error="'y'")
    yield Case(name="names that differ in case", content=table(header=("Y", "colour", "y")))
    yield Case(name="names that differ in blanks", content=table(header=("x", "x ", "y")), error="'x'")
    yield Case(name="empty name", content=table(header=("", "colour", "y")))
    yield Case(name="two empty names", content=table(header=("", "", "y")))
    yield Case(name="blank name", content=table(header=(" ", "colour", "y")))
    yield Case(
        name="trailing comma", content=b"x,colour,y,\n" + b"".join(line + b",\n" for line in table().splitlines()[1:])
    )
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


def targets() -> Iterator[Case]:
    """Yield tables whose target is odd."""
    yield Case(name="target not there", content=table(), target="Y", error="no column 'Y'.*'y'")
    yield Case(name="target with leading blank", content=table(header=("x", "colour", " y")))
    yield Case(name="target of html", content=table(header=("x", "colour", SCRIPT)), target=SCRIPT)
    yield Case(name="constant target", content=with_target(lambda *_: "yes"), error="'y'.*'yes'")
    yield Case(name="target all missing", content=with_target(lambda *_: ""), error="'y'.*missing")
    yield Case(name="one label", content=with_target(lambda i, _: "yes" if i == 3 else ""), error="'y'")
    yield Case(name="one row of a class", content=with_target(lambda i, _: "yes" if i == 3 else "no"), error="'y'")
    yield Case(name="two rows of a class", content=with_target(lambda i, _: "yes" if i in {3, 9} else "no"))
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
    yield Case(
        name="amounts and a word", content=with_target(lambda i, v: "n/k" if i == 5 else v, "amount"), error="'y'"
    )
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


CASES = (*shapes(), *targets())
