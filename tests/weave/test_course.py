"""A course's notes with two hundred regions, woven by the real command: only what lies between marks changes."""

from __future__ import annotations

import re

import pytest

from derivgen.typeset.pdf import typeset
from tests.cli.conftest import SPEC, WRONG
from tests.weave.inside import Inside, inside  # noqa: F401

PIECES = ("chain w", "chain b", "factors w", "forward", "value a", "answer b", "equation z", "gradient w")
COUNT = 200
BROKEN = 117

SHOWN = {
    "html": "<script>\n// <!-- derivgen: net.yaml chain w -->\n</script>\n<pre>\n<!-- derivgen: net.yaml chain w -->\n</pre>\n",
    "tex": "\\begin{lstlisting}\n\\begin{verbatim}\n% derivgen: net.yaml chain w\n\\end{verbatim}\n\\end{lstlisting}\n",
    "md": "````md\n```\n<!-- derivgen: net.yaml chain w -->\n```\n<!-- /derivgen -->\n````\n\n    <!-- derivgen: n.yaml w -->\n",
}
MARKS = {"tex": ("% derivgen: {} {}", "% /derivgen")}


def course(kind: str) -> str:
    """Notes with words, examples of marks as text, and regions, one of which has a broken spec."""
    begin, end = MARKS.get(kind, ("<!-- derivgen: {} {} -->", "<!-- /derivgen -->"))
    parts = []
    for k in range(COUNT):
        spec = "specs/wrong.yaml" if k == BROKEN else "../net.yaml"
        mark = begin.format(spec, PIECES[k % len(PIECES)])
        parts.append(f"Words número {k}:  \n\n{mark}\nbefore {k}\n{end}\n\n{SHOWN[kind] if k % 50 == 0 else ''}")
    return "\n".join(parts).rstrip("\n").replace("\n", "\r\n")


def outside(kind: str, text: str) -> str:
    """The text without what lies between marks on lines of their own."""
    if kind == "tex":
        return re.sub(r"(?ms)^(% derivgen: \S+/[^\n]*\n).*?^(% /derivgen)", r"\1\2", text)
    return re.sub(r"(?ms)^(<!-- derivgen: \S+/[^\n]*\n).*?^(<!-- /derivgen -->)", r"\1\2", text)


@pytest.mark.parametrize("kind", ["md", "tex", "html"])
def test_two_hundred_regions(inside: Inside, kind: str) -> None:  # noqa: F811
    inside.write("net.yaml", SPEC)
    inside.write("notes/specs/wrong.yaml", WRONG)
    before = course(kind)
    path = inside.folder / f"notes/course.{kind}"
    path.write_bytes(before.encode())
    said = inside("weave", f"notes/course.{kind}")
    after = path.read_bytes().decode()
    assert said.code == 2
    assert said.out == f"notes/course.{kind}: {COUNT} regions, {COUNT - 1} written\n"
    assert outside(kind, after) == outside(kind, before)
    assert after.count("before ") == 1
    assert f"before {BROKEN}\r\n" in after
    assert not re.search(r"(?<!\r)\n", after)
    assert not after.endswith("\n")
    line = after.split("\r\n").index(f"before {BROKEN}")
    assert f"notes/course.{kind}:{line}:" in said.err
    assert "this region stays as it was: notes/specs/wrong.yaml:4:7: there is no function sigg\n" in said.err
    assert said.err.count("\nnotes/specs/wrong.yaml:4:7: there is no function sigg\n") == 1
    again = inside("weave", f"notes/course.{kind}")
    assert path.read_bytes().decode() == after
    assert (again.code, again.err) == (2, said.err)
    assert inside("weave", "--check", f"notes/course.{kind}").code == 2


def test_woven_latex_is_typeset(inside: Inside) -> None:  # noqa: F811
    """In a list, in a narrow column, with a drawing: what was woven compiles in a document that loads amsmath and tikz."""
    regions = {
        "gradient w": "\\item In a list:",
        "drawing with-numbers": "\\item A drawing:",
        "factors b width=20": "\\item \\begin{minipage}{20em}",
        "task gradients": "\\end{minipage} \\item A task:",
    }
    body = "\n".join(f"{words}\n  % derivgen: spec.yaml {piece}\n  % /derivgen" for piece, words in regions.items())
    path = inside.write(
        "course.tex",
        "\\documentclass{article}\\usepackage{amsmath,tikz}\\usepackage[T1]{fontenc}\\usepackage{lmodern}\n"
        f"\\begin{{document}}\\begin{{itemize}}\n{body}\n\\end{{itemize}}\\end{{document}}\n",
    )
    said = inside("weave", "course.tex")
    assert (said.code, said.out) == (0, "course.tex: 4 regions, 4 written\n")
    assert typeset(path.read_text(encoding="utf-8")).startswith(b"%PDF")
