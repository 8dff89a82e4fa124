"""The beginning of every sheet: the author's words, the drawing beside the equations, what is given, what the names mean."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from derivgen.checks.kinks import kinks
from derivgen.documents.document import Block, Equations, Line, Math, Paragraph, Prose, SideBySide, Strong, Text
from derivgen.documents.pictures import picture
from derivgen.documents.sheet import Sheet, joined
from derivgen.evaluation import Evaluation
from derivgen.lines.aliases import facts, stated_line
from derivgen.lines.equality import LineKind, equality
from derivgen.lines.forward import definition_line, is_abbreviated, is_wide
from derivgen.lines.notation import as_written, has_samples, symbol, to_notation
from derivgen.lines.stages import definition_of
from derivgen.maths.brackets import level
from derivgen.maths.functions import FIRST, SHARE, bound
from derivgen.maths.interpret import EXTREMES
from derivgen.maths.tidy import tidy
from derivgen.maths.tree import Call, Compare, Num, Prime, Sym, walk
from derivgen.present.measure import width_em

NARROW = 21.0
DEFINED_ABREAST = 2
"""In so many columns equations stand above a wide drawing."""
SHRUNK, BETWEEN = 2.2, 4.0
"""Of a drawing beside equations: em to a centimetre when it is made a little smaller, em that stay free between the two."""


def setting(sheet: Sheet, *, numbers: bool = False, table: bool = False, follows: bool = False) -> tuple[Block, ...]:
    """Return introduction, drawing and equations, given values, samples (with `table`), a legend, the conventions at kinks.

    Where a forward pass `follows`, which says each definition with its numbers, the equations stand here only beside a drawing.
    """
    blocks: list[Block] = [*introduction(sheet)]
    blocks += _computation(sheet, numbers, follows and not sheet.graph.aliases)
    blocks += functions(sheet)
    given = given_values(sheet) if not is_abbreviated(sheet.graph) else ()
    if given:
        blocks.append(Paragraph((Strong(sheet.words.say("Given")), Text(": "), *given)))
    if table and has_samples(sheet.graph):
        blocks += data_table(sheet)
    meanings = legend(sheet)
    if meanings:
        blocks.append(Paragraph(meanings, "quiet"))
    return (*blocks, *conventions(sheet), *_carry(sheet))


def introduction(sheet: Sheet) -> tuple[Block, ...]:
    """Return the author's own words."""
    return tuple(Paragraph(sheet.authors(part)) for part in sheet.spec.text.split("\n\n") if part.strip())


def _abbreviated(sheet: Sheet) -> tuple[Block, ...]:
    """A large computation in a few words: its layers, and what is left out."""
    network, graph = sheet.spec.network, sheet.graph
    words = [sheet.say("This computation has {count} quantities; it is not drawn or written out.", count=len(graph.quantities))]
    if network is not None:
        sizes = ", ".join(str(len(layer)) for layer in (network.inputs, *network.layers))
        words.insert(0, sheet.say("A network with layers of {sizes} units.", sizes=sizes))
    return (Paragraph(joined(words, " ")),)


def _computation(sheet: Sheet, numbers: bool, follows: bool) -> tuple[Block, ...]:
    graph = sheet.graph
    if is_abbreviated(graph):
        return _abbreviated(sheet)
    lines = Equations(
        tuple(
            definition(sheet, name)
            for name, quantity in graph.quantities.items()
            if quantity.definition is not None and not is_wide(graph, name)
        )
    )
    width = max(
        sum(width_em(side, sheet.style) for side in (line.left, *(s for _, s in line.steps)) if side) for line in lines.lines
    )
    beside = sheet.spec.network is not None and width < NARROW
    figure = picture(sheet, numbers=numbers, compact=beside)
    if sheet.spec.decompose is not None:
        return (*_before(sheet), lines, *((figure,) if figure is not None else ()))
    if figure is None:
        return () if follows else (lines,)
    if (beside and figure.drawing.width < 8.6) or (figure.drawing.width < 6.5 and width < NARROW):
        return (SideBySide((figure,), (lines,)),)
    if follows:
        return (figure,)
    fits = width + SHRUNK * figure.drawing.width <= sheet.page.room - BETWEEN
    return (SideBySide((lines,), (figure,)),) if fits else (replace(lines, columns=DEFINED_ABREAST), figure)


def definition(sheet: Sheet, name: str) -> Line:
    """Write a quantity's definition; where it is stated with second names first, what these stand for beside it."""
    stated = stated_line(sheet.graph, name)
    if stated is None:
        return sheet.line(definition_line(sheet.graph, name))
    known = joined([Math(fact) for fact in facts(sheet.graph, name)], ", ")
    return replace(sheet.line(stated), reason=(*sheet.say("with"), Text(" "), *known))


def functions(sheet: Sheet) -> tuple[Block, ...]:
    """Say what the functions used are, the author's own first of all: sig(x) = 1/(1 + e^-x).

    One that may be given more arguments, as ELU(z, 1/2), is written with those that it is given.
    """
    library = sheet.graph.library
    used: dict[str, Call] = {}
    for quantity in sheet.graph.quantities.values():
        for node in walk(quantity.definition) if quantity.definition is not None else ():
            if isinstance(node, Call) and library.value(node.function) is not None:
                used[node.function] = max(node, used.get(node.function, node), key=lambda call: len(call.args))
    lines = []
    for key, each in used.items():
        value, function = library.value(key), library[key]
        if value is not None and not function.familiar:
            names = function.arguments[: len(each.args)]
            taken = sheet.spec.notation.vectors
            args = {name: Sym(name if name not in taken else next(u for u in "uvstr" if u not in taken)) for name in names}
            call = Call(key, tuple(args.values()), each.written)
            defaults = {name: default for name, default in library.arguments(key, call.args).items() if name not in names}
            formula = bound(value, {**defaults, **args})
            lines.append(Math(Compare("==", call, tidy(formula) if defaults else level(formula))))
    return _listed(sheet, lines)


def _listed(sheet: Sheet, formulas: list[Math]) -> tuple[Block, ...]:
    if not formulas:
        return ()
    return (Paragraph((Strong(sheet.words.say("Functions")), Text(": "), *joined(formulas, ",  "))),)


def _before(sheet: Sheet) -> tuple[Block, ...]:
    """The equations as their author wrote them, before they are taken apart."""
    whole = [
        equality((LineKind.EQUATION, name), symbol(sheet.graph, name), to_notation(equation.body, sheet.graph))
        for equation in sheet.spec.equations
        for name in equation.names[:1]
        if len(equation.names) == 1
    ]
    return Equations(tuple(sheet.line(line) for line in whole)), Paragraph(sheet.say("Taken apart, one operation a line:"))


def given_values(sheet: Sheet) -> Prose:
    """Return the numbers the author gave, as they were written: `W_13 = 1, b_3 = -1/2, …`."""
    graph = sheet.graph
    names = [
        name
        for name, q in graph.quantities.items()
        if q.definition is None and not (has_samples(graph) and q.per_sample) and name in graph.given
    ]
    return joined([Math(Compare("==", Sym(name), sheet.value(name) or Sym(name))) for name in names], ",  ")


def data_table(sheet: Sheet) -> tuple[Block, ...]:
    """Return the samples, one row each; nothing where the spec has no rows of data."""
    data = sheet.spec.data
    if data is None or data.rows is None:
        return ()
    rows = (map(as_written, row) for row in data.rows)
    return (sheet.sample_table(map(Sym, data.columns), rows, sheet.words.say("The samples")),)


def legend(sheet: Sheet) -> Prose:
    """Return what names mean, as the author says."""
    entries = [
        (Math(Sym(name)), Text(": "), *sheet.authors(mark.means)) for name, mark in sheet.spec.symbols.items() if mark.means
    ]
    return joined(entries, "; ")


def conventions(sheet: Sheet) -> tuple[Block, ...]:
    """Say at which points a convention decides, for each function with a kink that is used; and what a direct partial is."""
    graph = sheet.graph
    used: dict[str, str] = {}
    for quantity in graph.quantities.values():
        for node in walk(quantity.definition) if quantity.definition is not None else ():
            if isinstance(node, Call) and node.component is None and graph.library[node.function].convention:
                used.setdefault(node.function, node.written)
    points = [
        (key, written, kink.point)
        for key, written in used.items()
        for kink in graph.library[key].kinks
        if graph.library[key].prime
    ]
    slopes = [_slope(sheet, *each) for each in (*points, *_kinks_of_own(sheet))]
    blocks = [Paragraph(sheet.say("At the kink we take {convention}.", convention=slope), "quiet") for slope in slopes if slope]
    ties = {graph.library[key].ties for key in used if key in EXTREMES}
    if ties and not _may_tie(sheet.evaluation):
        ties = set()
    if SHARE in ties:
        blocks.append(Paragraph(sheet.say("Arguments of max or min that tie share the derivative equally."), "quiet"))
    if FIRST in ties:
        blocks.append(
            Paragraph(sheet.say("Of the arguments of max or min that tie, the first takes the whole derivative."), "quiet")
        )
    if graph.logged and graph.spec.random is None and any(kink.is_limit for kink in kinks(sheet.evaluation)):
        told = sheet.say("0 times the logarithm of 0 counts as 0, and so does the derivative of such a term.")
        blocks.append(Paragraph(told, "quiet"))
    if graph.stopping:
        stopped = sheet.say("What stands in stop(…) keeps its value and counts as a constant: no derivative goes through it.")
        blocks.append(Paragraph(stopped, "quiet"))
    if any(local.direct for local in sheet.evaluation.derivation.locals.values()):
        blocks.append(
            Paragraph(
                sheet.say(
                    "A partial derivative marked “direct” counts only what the definition itself names, "
                    "not what comes through other quantities."
                ),
                "quiet",
            )
        )
    return tuple(blocks)


def _kinks_of_own(sheet: Sheet) -> tuple[tuple[str, str, Fraction], ...]:
    """The kinks of the author's own functions that a value sits on, without a convention of the spec's: (key, name, point)."""
    library = sheet.graph.library
    sits = [kink.part for kink in kinks(sheet.evaluation)] if sheet.spec.random is None else []
    calls = [
        part for part in sits if isinstance(part, Call) and library.is_own(part.function) and not library[part.function].kinks
    ]
    own = dict.fromkeys((part.function, part.written) for part in calls)
    return tuple((key, written, point) for key, written in own for point in library.kinks_of_own(key))


def _may_tie(evaluation: Evaluation) -> bool:
    """Return whether arguments of max or min tie at the values at hand, or may, where some of these are not known."""
    quantities = evaluation.graph.quantities.values()
    compared = [
        each.name
        for each in quantities
        if each.definition is not None
        and any(isinstance(node, Call) and node.function in EXTREMES for node in walk(each.definition))
    ]
    known = all(name in evaluation.values for name in compared)
    return not known or any(isinstance(kink.part, Call) and kink.part.function in EXTREMES for kink in kinks(evaluation))


def _carry(sheet: Sheet) -> tuple[Block, ...]:
    """How numbers are rounded, where they are carried on as printed."""
    if sheet.evaluation.exact is None:
        return ()
    digits, rounding = sheet.spec.numbers.digits, sheet.spec.numbers.rounding
    if rounding == "decimals":
        return (
            Paragraph(
                sheet.say("Round every result to {digits} decimals and work on with the rounded number.", digits=digits), "quiet"
            ),
        )
    return (
        Paragraph(
            sheet.say("Round every result to {digits} significant digits and work on with the rounded number.", digits=digits),
            "quiet",
        ),
    )


def _slope(sheet: Sheet, key: str, written: str, point: Fraction) -> Compare | None:
    """f'(0) = its slope there; None for one that no fraction is"""
    from derivgen.maths.evaluate import Environment, evaluate

    there = Prime(key, (Num(point),), written)
    slope = evaluate(there, Environment({}, sheet.graph.library))
    return Compare("==", there, Num(Fraction(slope))) if isinstance(slope, (int, Fraction)) else None


def shorthands(sheet: Sheet, worked: bool = False) -> tuple[Block, ...]:
    """Introduce the shorthands of derivatives: L_y := ∂L/∂ŷ, …; `worked`: with what each comes to; nothing without any."""
    found = [definition_of(sheet.evaluation, short, worked) for short in sheet.spec.notation.shorthands]
    lines = tuple(sheet.line(line) for line in found if line is not None)
    if not lines:
        return ()
    message = "From here on we use a shorthand, where" if len(lines) == 1 else "From here on we use shorthands, where"
    return Paragraph(sheet.say(message)), Equations(lines)
