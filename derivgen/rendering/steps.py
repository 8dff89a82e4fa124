r"""Steps as a piece of LaTeX to put into a document of one's own: `align*` and nothing that amsmath does not know."""

from __future__ import annotations

from derivgen.language import Wording
from derivgen.lines.equality import Equality, Reason
from derivgen.maths.style import Style
from derivgen.maths.tree import Expr
from derivgen.present.latex import latex
from derivgen.present.tex import tex_text


def aligned(start: Expr, lines: tuple[Equality, ...], words: Wording, style: Style) -> str:
    """start = … = …, one line for each equality, its reason beside it."""
    lefts = [latex(start, style), *[""] * (len(lines) - 1)]
    rows = [
        f"  {left} &= {latex(line.last, style)} && {_reason(line.reason, words, style)}".rstrip(" &")
        for left, line in zip(lefts, lines, strict=False)
    ]
    return "\n".join((r"\begin{align*}", " \\\\\n".join(rows), r"\end{align*}"))


def _reason(reason: Reason | None, words: Wording, style: Style) -> str:
    r"""`\text{chain rule with } u = -x`"""
    if reason is None:
        return ""
    parts = words.parts(reason.message, **reason.names)
    return "".join(latex(part, style) if isinstance(part, Expr) else rf"\text{{{tex_text(str(part))}}}" for part in parts)
