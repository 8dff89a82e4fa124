r"""A worksheet never contains its answers: not on the page, not in the .tex, not in the PDF or its metadata, in any language.

What the answers are is found twice over: in the key, where they are filled in, and in the evaluation, which knows every value
and gradient whether or not a page shows it. An answer counts where it tells something: a number of three digits or more, a
fraction, a product. What the question itself says (a definition, a given number) is no answer.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from derivgen.cli.checking import checked
from derivgen.documents import compose as composing
from derivgen.documents import sheet as sheet_module
from derivgen.documents.compose import as_printed, compose, style_of
from derivgen.documents.document import Document, Equations, Line, SideBySide, Space, Table, Task, Together
from derivgen.evaluation import Evaluation, Values
from derivgen.lines.forward import definition_line
from derivgen.lines.notation import number_format, to_notation
from derivgen.maths.arithmetic import is_exact
from derivgen.maths.numbers import shown
from derivgen.maths.style import Style
from derivgen.maths.tree import Expr, Filled, Gap, Num, Partial, Shown, Sum, Sym, rebuild, walk
from derivgen.present.latex import latex
from derivgen.rendering import FORMATS
from derivgen.rendering.latex import render_latex, render_latex_piece
from derivgen.rendering.markdown import render_markdown
from derivgen.typeset.pdf import typeset
from tests.product import SPECS, Pdf, Sheets, every_block, every_formula, every_line

LANGUAGES = ("en", "pt")


@dataclass(frozen=True)
class Answers:
    """What a worksheet must not say: numbers as they are printed, without their sign; formulas as LaTeX without blanks."""

    numbers: tuple[str, ...]
    formulas: tuple[str, ...]

    def within_tex(self, tex: str) -> list[str]:
        """Those that a LaTeX document says."""
        return self.within(tex.split(r"\begin{document}", 1)[1])

    def within(self, text: str) -> list[str]:
        """Those that a text in LaTeX or Markdown says."""
        body = bare(as_written(text))
        return [*numbers_in(self.numbers, body), *(formula for formula in self.formulas if formula in body)]

    def within_pdf(self, pdf: Pdf) -> list[str]:
        """Those that a PDF says on its pages or in any of its strings; formulas are known by their numbers only."""
        numbers = [number.replace("{,}", ",") for number in self.numbers if "\\" not in number]
        return numbers_in(numbers, "\n".join((*pdf.pages, pdf.strings)))

    def within_text(self, text: str) -> list[str]:
        """The numbers that another format says, its markup taken away; fractions are known by the formulas of the other tests."""
        plain = [number.replace("{,}", ",") for number in self.numbers if "\\" not in number]
        return numbers_in(plain, words_of_page(text.replace("{,}", ",")))


def words_of_page(text: str) -> str:
    """A page without its markup, style and script, but with what is said to those who do not see it."""
    text = re.sub(r"<(style|script)>.*?</\1>", " ", text, flags=re.DOTALL)
    said = re.findall(r'(?:aria-label|alt|title|content|value)="([^"]*)"', text)
    return " ".join((re.sub(r"<[^>]*>", " ", text), *said))


def answers(evaluation: Evaluation) -> Answers:
    """Everything a worksheet asks for."""
    key, style = compose(evaluation, "key"), style_of(evaluation)
    contents = [*filled(key), *(() if partly_given(evaluation) else known(evaluation))]
    numbers = [number for content in contents for number in telling_numbers(content, style)]
    open_numbers = dict.fromkeys(number for content in in_the_open(evaluation) for number in telling_numbers(content, style))
    question = " ".join(bare(latex(expr, style)) for expr in (*definitions(evaluation), *given_on(key, evaluation)))
    formulas = [formula for content in contents if tells(content) and (formula := bare(latex(content, style))) not in question]
    return Answers(tuple(dict.fromkeys(n for n in numbers if n not in open_numbers)), tuple(dict.fromkeys(formulas)))


def filled(key: Document) -> Iterator[Expr]:
    """What the key fills in, and every side of a line as it reads with its gaps filled in (a chain of partials)."""
    for formula in every_formula(key.blocks):
        yield from (node.content for node in walk(formula) if isinstance(node, Filled))
    for line in every_line(key.blocks):
        yield from (written_in(side) for _, side in line.steps if any(isinstance(node, Filled) for node in walk(side)))
    for block in every_block(key.blocks):
        if isinstance(block, Space):
            yield from (side for line in every_line(block.answer) for _, side in line.steps)


def written_in(expr: Expr) -> Expr:
    """The expression with its answers, out of their gaps."""
    return written_in(expr.content) if isinstance(expr, Filled) else rebuild(expr, written_in)


def known(evaluation: Evaluation) -> Iterator[Expr]:
    """Every value the forward pass gives, and every gradient."""
    graph, style = evaluation.graph, number_format(as_printed(evaluation, "key"))
    for name, values in evaluation.values.items():
        if graph.quantities[name].definition is not None:
            yield from (shown(value, style) for value in values)
    for name in evaluation.derivation.gradients:
        yield from (shown(value, style) for value in evaluation.adjoints.get(name, ()))


def partly_given(evaluation: Evaluation) -> bool:
    """Whether the spec has parts of the work printed on the worksheet."""
    worksheet = evaluation.graph.spec.worksheet
    return bool(worksheet.given) or worksheet.scaffolding in {"faded", "chain"}


def given_on(key: Document, evaluation: Evaluation) -> Iterator[Expr]:
    """What the spec has printed within the tasks; nothing where all is asked."""
    if partly_given(evaluation):
        tasks = tuple(block for block in every_block(key.blocks) if isinstance(block, Task))
        yield from (formula for formula in every_formula(tasks) if not any(isinstance(node, Filled) for node in walk(formula)))


def definitions(evaluation: Evaluation) -> Iterator[Expr]:
    """The computation as the spec writes it."""
    graph = evaluation.graph
    for name, quantity in graph.quantities.items():
        if quantity.definition is not None:
            yield from definition_line(graph, name).sides
    yield from (to_notation(equation.body, graph) for equation in graph.spec.equations)


def in_the_open(evaluation: Evaluation) -> Iterator[Expr]:
    """What the worksheet may say: its formulas as they are without any values but the given ones."""
    blind = replace(evaluation, values={}, adjoints={}, partials={})
    worksheet = compose(blind, "worksheet")
    yield from (node for formula in every_formula(worksheet.blocks) for node in walk(formula))
    yield from (node for formula in given_on(compose(evaluation, "key"), evaluation) for node in walk(formula))
    yield from (Num(values[k]) for values in evaluation.graph.given.values() for k in range(len(values)))


def telling_numbers(expr: Expr, style: Style) -> Iterator[str]:
    """A number of three digits or more, as LaTeX and without its sign."""
    for node in walk(expr):
        if isinstance(node, (Num, Shown)):
            text = latex(node, style).removeprefix("-")
            if len(re.sub(r"\D", "", re.sub(r"\\cdot 10.*", "", text)).lstrip("0")) >= 3:
                yield text


def tells(expr: Expr) -> bool:
    """Whether a formula says more than a name, a number or a single partial does."""
    nodes = list(walk(expr))
    partials = sum(isinstance(node, Partial) for node in nodes)
    names = sum(isinstance(node, Sym) for node in nodes) - 2 * partials
    numbers = sum(isinstance(node, (Num, Shown)) for node in nodes)
    return partials + names > 0 and partials + names + numbers > 1 and len(latex(expr)) >= 8


def bare(tex: str) -> str:
    """LaTeX without blanks, alignment, ends of lines, and without the coordinates and sizes of drawings and gaps."""
    tex = re.sub(r"\([-\d.]+,\s*[-\d.]+\)|\{?-?[\d.]+(em|cm|mm|pt|\\linewidth)\}?|\\dgalt\{[0-9A-F]*\}", "", tex)
    tex = re.sub(
        r"\\begin\{bmatrix\}(.*?)\\end\{bmatrix\}", lambda m: "[" + re.sub(r"\\\\|&", "|", m[1]) + "]", tex, flags=re.DOTALL
    )
    tex = re.sub(r"\\displaystyle|\\\\\*?|&|\\left|\\right|\\!|\\,|\\quad", "", tex)
    return re.sub(r"\s+", "", tex)


def numbers_in(numbers: Iterable[str], text: str) -> list[str]:
    """The numbers that stand in a text, not as a part of a longer one."""
    squeezed = {number: re.sub(r"\s+", "", number) for number in numbers}
    return [
        number for number, digits in squeezed.items() if re.search(rf"(?<![\d.,}}]){re.escape(digits)}(?![\d]|[.,]\d|\{{,)", text)
    ]


@pytest.fixture(scope="session")
def evaluated(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path, str], Evaluation]:
    """Take a spec through the line in a language, whichever it was written in; once for all tests."""

    @cache
    def evaluation(spec: Path, language: str) -> Evaluation:
        folder = shutil.copytree(spec.parent, tmp_path_factory.mktemp("specs") / "specs")
        text = re.sub(r"(?m)^language:.*\n", "", spec.read_text(encoding="utf-8"))
        path = folder / spec.name
        path.write_text(f"language: {language}\n{text}", encoding="utf-8")
        return checked(path)[0]

    return evaluation


@pytest.fixture(params=LANGUAGES)
def part(request: pytest.FixtureRequest, sheets: Sheets, evaluated: Callable[[Path, str], Evaluation]) -> Evaluation:
    """A spec's evaluation in a language."""
    return evaluated(sheets.spec, request.param)


def test_no_answer_in_the_document(part: Evaluation) -> None:
    worksheet, key = (compose(part, audience) for audience in ("worksheet", "key"))
    assert list(filled(key)), "the key answers nothing"
    assert not list(filled(worksheet))
    assert not [block for block in every_block(worksheet.blocks) if isinstance(block, Space) and block.answer]
    gaps = [node for formula in every_formula(worksheet.blocks) for node in walk(formula) if isinstance(node, Gap)]
    spaces = [block for block in every_block(worksheet.blocks) if isinstance(block, Space)]
    assert gaps or spaces


def as_written(text: str) -> str:
    """What Markdown's formulas and pieces write in their own way, written as on a page."""
    for own, ours in (("_ {", "_{"), (r"\lbrace", r"\{"), (r"\rbrace", r"\}"), (r"\ast", "*")):
        text = text.replace(own, ours)
    return re.sub(r"(?<!\\)\\ ", "", text)


def test_no_answer_in_any_text(part: Evaluation) -> None:
    """In the LaTeX of a sheet and of a piece, and in Markdown."""
    found, style = answers(part), style_of(part)
    assert found.numbers or found.formulas, "nothing in this spec is worth hiding"
    key, worksheet = (compose(part, audience) for audience in ("key", "worksheet"))
    said = found.within_tex(render_latex(opened(key), style))
    assert len(said) > 0.7 * len((*found.numbers, *found.formulas)), "the search does not find what the key says"
    assert found.within_tex(render_latex(worksheet, style)) == []
    for write in (markdown, latex_piece):
        assert len(found.within(write(opened(key), style))) > 0.6 * len((*found.numbers, *found.formulas)), write
        assert found.within(write(worksheet, style)) == []


def markdown(document: Document, style: Style) -> str:
    return render_markdown(document, style)


def latex_piece(document: Document, style: Style) -> str:
    return render_latex_piece(document.blocks, document.language, style)


OTHERS = tuple(record for record in FORMATS.values() if record.render is not None and record.name != "tex")


def test_no_answer_in_the_other_formats(part: Evaluation) -> None:
    found, style = answers(part), style_of(part)
    key, worksheet = (compose(part, audience) for audience in ("key", "worksheet"))
    assert {record.name for record in OTHERS} >= {"html"}
    for record in OTHERS:
        assert record.render is not None
        printed = found.within_text(words_of_page(render_latex(key, style)))
        assert set(found.within_text(record.render(key, style))) >= set(printed), "the search does not find what the key says"
        assert found.within_text(record.render(worksheet, style)) == [], record.name


def opened(value: Any) -> Any:
    """A key with its answers out of their gaps."""
    if isinstance(value, Expr):
        return written_in(value)
    if isinstance(value, tuple):
        return tuple(opened(item) for item in value)
    if isinstance(value, (Document, Task, Equations, Line, Table, Together, SideBySide)):
        return replace(value, **{field.name: opened(getattr(value, field.name)) for field in fields(value)})
    return value


def test_no_answer_in_the_pdf(part: Evaluation, sheets: Sheets) -> None:
    found, style = answers(part), style_of(part)
    own = part.graph.spec.language == sheets.believed[0].graph.spec.language
    worksheet = sheets.pdf("worksheet") if own else Pdf(typeset(render_latex(compose(part, "worksheet"), style)))
    assert worksheet.pages[0].strip()
    assert found.within_pdf(worksheet) == []


def test_the_search_finds_the_answers_of_a_key(sheets: Sheets) -> None:
    """The search is no good if it cannot find the numbers where they are."""
    found, tex = answers(sheets.believed[0]), sheets.tex("key")
    printed = {number.replace("{,}", ",") for number in found.numbers if "\\" not in number and number in tex}
    assert printed <= set(found.within_pdf(sheets.pdf("key")))


def test_the_worksheet_does_not_depend_on_what_it_hides(part: Evaluation) -> None:
    """Other values, partials and gradients behind the same question: the worksheet is the same but for the gaps' sizes.

    The others do not lead to each other, so that no number of digits makes their lines come out: all have the spec's.
    """
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(composing, "with_widths", lambda evaluation: replace(evaluation, widths=MappingProxyType({})))
        before, after = (sizeless(compose(some, "worksheet")) for some in (part, with_other_secrets(part)))
    assert before == after


def with_other_secrets(evaluation: Evaluation) -> Evaluation:
    """Other numbers in place of all that a worksheet hides; with one gradient worked out on it, in place of the others."""
    worksheet = evaluation.graph.spec.worksheet
    assert not worksheet.given, "this test does not know what is given"
    if worksheet.scaffolding == "faded":
        first, *others = evaluation.derivation.gradients
        assert first in evaluation.adjoints
        return replace(
            evaluation, adjoints={**evaluation.adjoints, **moved({name: evaluation.adjoints[name] for name in others})}
        )
    hidden = {
        name: numbers for name, numbers in evaluation.values.items() if evaluation.graph.quantities[name].definition is not None
    }
    values = {**evaluation.values, **moved(hidden)}
    return replace(evaluation, values=values, adjoints=moved(evaluation.adjoints), partials=moved(evaluation.partials))


def moved(numbers: Mapping) -> dict:
    """The same names with other numbers of the same kind: whole ones stay whole, rounded ones rounded, and 0 does not stay 0."""

    def other(values: Values) -> Values:
        return tuple(value + 7 if is_exact(value) else value * Fraction(17, 16) for value in values)

    return {name: other(values) for name, values in numbers.items()}


def sizeless(value: object) -> object:
    """A document with all gaps of one size, and one for each of those that a sum too wide for one is shared out to."""
    if isinstance(value, Gap) or (isinstance(value, Sum) and all(isinstance(term, Gap) for term in value.terms)):
        return Gap(0.0, 0.0)
    if isinstance(value, tuple):
        return tuple(sizeless(item) for item in value)
    if hasattr(value, "__dataclass_fields__"):
        return type(value), tuple(sizeless(getattr(value, name)) for name in value.__dataclass_fields__ if name != "at")
    return value


LEAKING = tuple(
    spec for spec in SPECS if spec.stem in {"one_neuron", "002_and_gate", "002_and_gate_numbers", "recurrent", "in_matrices"}
)


@pytest.mark.parametrize("spec", LEAKING, ids=lambda spec: spec.stem)
def test_a_leak_is_found(spec: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worksheet that prints what should be a gap is caught by its tex, its PDF, and by what it depends on."""
    part = checked(spec)[0]
    found, style = answers(part), style_of(part)
    honest = render_latex(compose(part, "worksheet"), style)
    assert found.within_tex(honest) == []

    def leaking(sheet, contents: Iterable[Expr], given: bool = False, even: bool = False) -> tuple[Expr, ...]:
        return tuple(contents)

    monkeypatch.setattr(sheet_module.Sheet, "answers", leaking)
    worksheet = compose(part, "worksheet")
    assert len(found.within_tex(render_latex(worksheet, style))) > len(found.numbers) / 2
    for record in OTHERS:
        assert record.render is not None
        assert len(found.within_text(record.render(worksheet, style))) > sum("\\" not in n for n in found.numbers) / 2 - 1
    if found.numbers:
        assert found.within_pdf(Pdf(typeset(render_latex(worksheet, style))))
        with pytest.raises(AssertionError):
            test_the_worksheet_does_not_depend_on_what_it_hides(part)


@pytest.mark.parametrize("place", ["page", "title", "alternative text", "remark"])
def test_a_single_number_is_found_wherever_it_stands(place: str, built: Mapping[Path, Sheets]) -> None:
    """One answer of a spec, put into its worksheet at one place."""
    sheets = next(sheets for spec, sheets in built.items() if spec.stem == "recurrent")
    evaluation = sheets.believed[0]
    found = answers(sheets.believed[0])
    number = latex(shown(evaluation.adjoints["u"][0], number_format(evaluation))).removeprefix("-")
    assert number in found.numbers
    worksheet = sheets.document("worksheet")
    tex = render_latex(replace(worksheet, title=f"One {number}") if place == "title" else worksheet)
    if place == "page":
        tex = tex.replace("% Task 2", f"${number}$\n% Task 2")
    elif place == "remark":
        tex = tex.replace("% Task 2", f"% Task 2: {number}")
        assert found.within_tex(tex) == [number]
        return
    elif place == "alternative text":
        said = f" {number}".encode("utf-16-be").hex().upper()
        tex = re.sub(r"(\\dgalt\{[0-9A-F]+)\}", rf"\g<1>{said}}}", tex)
    assert found.within_pdf(Pdf(typeset(tex))) == [number]


def test_names_carry_no_number() -> None:
    """What counts as a telling number."""
    style = Style()
    half = Num(Fraction(1, 2))
    assert list(telling_numbers(half, style)) == []
    assert list(telling_numbers(Num(Fraction(-1488)), style)) == ["1488"]
    assert list(telling_numbers(Sym("W_135"), style)) == []
    assert numbers_in(["120"], "x = 1200, y = 0.120, z = 3120") == []
    assert numbers_in(["120"], "c = -120.") == ["120"]
