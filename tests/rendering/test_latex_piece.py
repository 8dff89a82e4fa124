r"""LaTeX pieces in somebody else's document: amsmath and tikz are enough, its fonts and widths are respected, nothing of ours."""

from __future__ import annotations

import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest

from derivgen.documents.document import Equations, Line
from derivgen.maths.tree import Filled, Gap, Neg, Product, Quotient, Sym, number
from derivgen.pieces import piece_text
from derivgen.present.dialects import plain_words
from derivgen.rendering.latex import render_latex_piece
from derivgen.spec.load import load
from derivgen.typeset.pdf import typeset
from derivgen.work import evaluate
from tests.product import ROOT, Pdf

COURSE = {
    "notes/002_and_gate_numbers": (
        "setting",
        "drawing W_13",
        "forward",
        "gradient W_13",
        "chain b_5",
        "factors W_23",
        "task chains",
        "task gradients",
        "key gradients",
        "matrices",
        "activations",
        "indices",
        "adjoints",
    ),
    "notes/003_shorthands": ("equations", "shorthands", "product w_3", "task factors", "answer w_3", "backward"),
    "notes/001_layers": ("drawing", "chain w__3_11", "gradient w__1_11", "matrix C/W__2", "autograd z__3_1"),
    "small/gradient_descent": ("update", "descent", "loss_over_steps", "column", "gradients"),
    "small/used_twice": ("text", "remark w", "drawing with-numbers", "numbers w"),
}
HEADS = {
    "article": r"\documentclass{article}\usepackage{lmodern}\usepackage{amsmath}\usepackage{tikz}",
    "report at 11 pt, T1": r"\documentclass[11pt]{report}\usepackage[T1]{fontenc}\usepackage{lmodern}\usepackage{amsmath,tikz}",
    "narrow, sans serif, 12 pt": r"\documentclass[12pt]{article}\usepackage{lmodern}\renewcommand{\familydefault}{\sfdefault}"
    r"\usepackage[textwidth=11cm]{geometry}\usepackage{amsmath,tikz}",
}
NARROW = 25.0
SLACK = 6.0  # points by which a line may stand out


@cache
def evaluation(spec: str):
    return evaluate(load(str(ROOT / "specs" / f"{spec}.yaml")))


@cache
def course(width: float | None) -> tuple[str, ...]:
    return tuple(piece_text(evaluation(spec), name, "tex", width) for spec, names in COURSE.items() for name in names)


def document(head: str, parts: tuple[str, ...]) -> str:
    body = "\n\n".join(f"Words before it.\n\n{part}\nWords after it." for part in parts)
    return f"{head}\n\\begin{{document}}\n{body}\n\\end{{document}}\n"


@pytest.mark.parametrize("head", HEADS)
def test_a_course_document_of_thirty_pieces(head: str) -> None:
    parts = course(NARROW if "narrow" in head else None)
    assert len(parts) >= 30
    pages = " ".join(Pdf(typeset(document(HEADS[head], parts))).pages)
    for figure in ("0.1338", "0.04036", "4429684"):
        assert figure in pages
    assert pages.count("Words after it.") == len(parts)


def test_it_compiles_in_computer_modern_where_the_machine_has_it(tmp_path: Path) -> None:
    program = shutil.which("pdflatex")
    if program is None:
        pytest.skip("no pdflatex of the machine's own")
    head = r"\documentclass{article}\usepackage{amsmath}\usepackage{tikz}"
    (tmp_path / "course.tex").write_text(document(head, course(None)), encoding="utf-8")
    command = [program, "-interaction=nonstopmode", "-halt-on-error", "-file-line-error", "course.tex"]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=1200, check=False)
    log = (tmp_path / "course.log").read_text(encoding="utf-8", errors="replace")
    if "File `" in log and "not found" in log:
        pytest.skip("this TeX lacks amsmath or tikz")
    assert ran.returncode == 0, log[-3000:]
    wide = [float(points) for points in re.findall(r"Overfull \\hbox \(([\d.]+)pt", log)]
    assert [points for points in wide if points > SLACK] == []


def test_nothing_of_ours_is_needed() -> None:
    for part in course(None):
        assert not re.search(r"\\dg|\\color|\\textcolor|\\definecolor|\\usepackage|\\newcommand|\\def\b|\\fontsize", part)
        assert part.endswith("\n") and not part.startswith("\n")


def test_without_a_drawing_amsmath_alone_is_enough() -> None:
    parts = tuple(part for part in course(None) if "tikzpicture" not in part)
    assert len(parts) > 20
    assert typeset(document(r"\documentclass{article}\usepackage{lmodern}\usepackage{amsmath}", parts))


def one(expr) -> str:
    return render_latex_piece((Equations((Line(Sym("L"), (("=", expr),)),)),), "en")


def test_a_gap_is_a_box_and_its_answer_stands_bold_in_one() -> None:
    answer = Neg(Quotient(number(3), number(8)))
    gap, filled = one(Gap(6, 2)), one(Filled(answer, 6, 2))
    assert re.search(r"\\boxed\{\\rule\[-[\d.]+em\]\{0em\}\{[\d.]+em\}\\hspace\{[\d.]+em\}\}", gap)
    assert r"\boxed{\boldsymbol{-\frac{3}{8}}}" in filled
    assert "3" not in re.sub(r"[\d.]+em", "", gap)


def test_an_answer_without_room_for_its_box_goes_on_in_bold_with_one_sign() -> None:
    factors = tuple(Sym(f"factor_{letter}") for letter in "abcdefgh")
    text = render_latex_piece((Equations((Line(Sym("L"), (("=", Filled(Product(factors), 40, 1.4)),)),)),), "en", width=16)
    assert r"\boxed" not in text and text.count(r"\boldsymbol") == len(factors)
    assert text.count(r"\cdot") == len(factors) - 1


def test_lines_keep_to_the_width() -> None:
    wide, narrow = (piece_text(evaluation("notes/002_and_gate_numbers"), "product W_13", "tex", width) for width in (60, 20))
    assert narrow.count("\\\\") > wide.count("\\\\")


def test_words_need_no_font_encoding() -> None:
    assert plain_words('“x” «y» 中 25° "z"') == r"``x'' $\ll$y$\gg$ 中 25$^{\circ}$ ''z''"
    assert typeset(document(HEADS["article"], (plain_words('“x” «y» ção 25° "z" á„b“ – 50% & #1 {a}'),)))
