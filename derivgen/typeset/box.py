"""A drawing by itself, as a PDF of its own size: what LaTeX takes in as a figure."""

from __future__ import annotations

from derivgen.typeset.engines import find_engine
from derivgen.typeset.pdf import typeset

_BEGIN, _END = r"\begin{tikzpicture}", r"\end{tikzpicture}"


def drawing_pdf(tex: str) -> bytes | None:
    """The PDF of the one picture in a piece of LaTeX; None where the engine at hand does not set pages of any size.

    Raises ToolError where there is no TeX, or where it fails.
    """
    engine = find_engine()
    if engine.kind != "pdflatex":
        return None
    picture = tex[tex.index(_BEGIN) : tex.rindex(_END) + len(_END)]
    document = rf"""\documentclass{{article}}
\usepackage[T1]{{fontenc}}
\usepackage{{lmodern,amsmath,tikz}}
\begin{{document}}
\setbox0\hbox{{{picture}}}
\pdfpagewidth=\wd0
\pdfpageheight=\dimexpr\ht0+\dp0\relax
\hoffset=-1in
\voffset=-1in
\shipout\box0
\end{{document}}
"""
    return typeset(document, engine=engine, name="drawing.tex")
