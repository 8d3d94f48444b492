"""Standalone: blocks as one HTML file that asks nothing of any network and runs nothing."""

from base64 import b64encode
from collections.abc import Iterable
from hashlib import sha256
from html import escape
from typing import assert_never

from pipeline.review.blocks import (
    Block,
    Code,
    Data,
    Folded,
    Heading,
    Paragraph,
    Picture,
    SideBySide,
    Table,
    Text,
    visible,
)

_STYLE = """
:root { color-scheme: light dark; --line: light-dark(#d0d7de, #3d444d); --quiet: light-dark(#59636e, #9198a1);
  --soft: light-dark(#f6f8fa, #151b23); --added: light-dark(#dafbe1, #12361f);
  --removed: light-dark(#ffebe9, #481a1d); }
html { background: light-dark(#fff, #0d1117); color: light-dark(#1f2328, #f0f6fc); }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 75rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.25rem; margin-top: 2rem; border-bottom: 1px solid var(--line); }
.wide { overflow-x: auto; } table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { border: 1px solid var(--line); padding: .3rem .6rem; text-align: left; vertical-align: top; }
th { background: var(--soft); }
code { font: .875em ui-monospace, monospace; background: var(--soft); padding: .1em .3em; border-radius: 4px;
  overflow-wrap: break-word; white-space: pre-wrap; }
pre { overflow-x: auto; border: 1px solid var(--line); padding: .5rem; font: .8rem/1.4 ui-monospace, monospace; }
pre span { display: block; min-height: 1.4em; } .added { background: var(--added); }
.removed { background: var(--removed); } .skipped { color: var(--quiet); }
details { margin: .75rem 0; } summary { cursor: pointer; padding: .25rem 0; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(22rem, 100%), 1fr)); gap: 1rem; }
figure { margin: 0; } figcaption { color: var(--quiet); } img { max-width: 100%; height: auto; background: #fff; }
"""
_POLICY = "default-src 'none'; img-src data:; style-src '{style}'; base-uri 'none'; form-action 'none'"
_MARKS = {"+": "added", "-": "removed", "@": "skipped"}


def render(title: str, blocks: Iterable[Block]) -> str:
    """Write blocks as a page of that title."""
    return page(title, "\n".join(map(_block, blocks)))


def page(title: str, body: str) -> str:
    """Write HTML that is safe as a page of that title."""
    style = f"sha256-{b64encode(sha256(_STYLE.encode()).digest()).decode()}"
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{escape(_POLICY.format(style=style))}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>{escape(title)}</title>
<style>{_STYLE}</style>
</head>
<body>
<main>
{body}
</main>
</body>
</html>
"""


def _block(block: Block) -> str:
    match block:
        case Heading():
            return f"<h{block.level}>{escape(block.text)}</h{block.level}>"
        case Paragraph():
            return f"<p>{_text(block.text)}</p>"
        case Table():
            return _table(block)
        case Code():
            return _code(block)
        case SideBySide():
            sides = _side("before", block.before) + _side("after", block.after)
            return f'<h3>{_text(block.title)}</h3>\n<div class="pair">{sides}</div>'
        case Folded():
            inside = "\n".join(map(_block, block.blocks))
            return f"<details><summary>{_text(block.title)}</summary>\n{inside}\n</details>"
    assert_never(block)


def _table(table: Table) -> str:
    header = "".join(f'<th scope="col">{escape(name)}</th>' for name in table.header)
    rows = "\n".join(f"<tr>{''.join(f'<td>{_text(cell)}</td>' for cell in row)}</tr>" for row in table.rows)
    return (
        f'<div class="wide" tabindex="0" role="group" aria-label="table">'
        f"<table><thead><tr>{header}</tr></thead>\n<tbody>{rows}</tbody></table></div>"
    )


def _code(code: Code) -> str:
    lines = (
        f'<span class="{_MARKS.get(line.mark, "same")}">{escape(line.mark)} {escape(visible(line.text))}</span>'
        for line in code.lines
    )
    return f'<pre tabindex="0">{"".join(lines)}</pre>'


def _text(text: Text) -> str:
    return "".join(
        f"<code>{escape(visible(part.text))}</code>" if isinstance(part, Data) else escape(part) for part in text
    )


def _side(name: str, picture: Picture | None) -> str:
    if picture is None:
        return f"<figure><figcaption>{name}: no figure</figcaption></figure>"
    source = f"data:{picture.mime};base64,{b64encode(picture.data).decode()}"
    image = f'<img src="{escape(source)}" alt="{escape(visible(picture.alt))}">'
    return f"<figure><figcaption>{name}</figcaption>{image}</figure>"
