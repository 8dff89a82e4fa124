"""What a practice sheet says to who asks for a hint: the author's own, the rule that leads on, how the answer is typed.

A hint says how to go on, never what comes out.
"""

from __future__ import annotations

from collections.abc import Iterator

from derivgen.documents.accepted import Accepted, FormulaAnswer, MatrixAnswer, NumberAnswer, PartialAnswer, UncheckedAnswer
from derivgen.documents.answer_space import hint_for
from derivgen.documents.document import Math, Prose
from derivgen.documents.sheet import Sheet
from derivgen.lines.chains import uses_chains
from derivgen.lines.forward import definition_line, is_wide
from derivgen.lines.notation import has_samples
from derivgen.maths.tree import Expr, Nabla, Partial, Sym
from derivgen.present.unicode import text


def hints(sheet: Sheet, of: Expr | None, accepted: Accepted) -> tuple[str, ...]:
    """Return the hints of one gap, one after another; `of` is the left side or the column's head that it belongs to."""
    return (*_authors(sheet, of), *_leading(sheet, of, accepted), *_typing(sheet, of, accepted))


def _authors(sheet: Sheet, of: Expr | None) -> Iterator[str]:
    symbol = of.by if isinstance(of, Partial) else of
    found = hint_for(sheet, symbol.name) if isinstance(symbol, Sym) else ()
    if found:
        yield _plain(sheet, found)


def _plain(sheet: Sheet, prose: Prose) -> str:
    """Words and formulas as characters alone."""
    return "".join(text(part.expr, sheet.style) if isinstance(part, Math) else part.words for part in prose)


def _leading(sheet: Sheet, of: Expr | None, accepted: Accepted) -> Iterator[str]:
    """What to do."""
    words = sheet.words
    if isinstance(of, Partial):
        yield from _of_derivative(sheet, of, accepted)
    elif isinstance(of, Sym):
        definition = _definition(sheet, of.name)
        if definition:
            yield words.say("Put the numbers into {definition}.", definition=definition)
        elif of.name in sheet.graph.quantities and (sheet.spec.update is None or sheet.spec.update.plain):
            yield words.say("The new value is the old one minus the learning rate times the gradient.")
        else:
            yield words.say("Put the numbers into its rule.")
    elif isinstance(of, Nabla):
        yield words.say("It has one partial derivative in each entry.")
    elif isinstance(accepted, FormulaAnswer):
        yield words.say("Put in the numbers that are known.")


def _of_derivative(sheet: Sheet, of: Partial, accepted: Accepted) -> Iterator[str]:
    words = sheet.words
    above, below = (text(symbol, sheet.style) for symbol in (of.of, of.by))
    if of.then is not None and isinstance(accepted, FormulaAnswer):
        told = {"first": text(Partial(of.of, of.by), sheet.style), "by": text(of.then, sheet.style)}
        yield words.say(
            "Take {first} in its last form, and differentiate it by {by}; what depends on {by} is not constant.", **told
        )
        return
    local = of.of.name in sheet.evaluation.derivation.consumers.get(of.by.name, ())
    definition = _definition(sheet, of.of.name)
    if isinstance(accepted, PartialAnswer):
        start = {"above": above, "below": below}
        yield words.say("From {above} back to {below}: what stands below in one factor stands above in the next.", **start)
        yield from _length(sheet, of)
    elif local and definition and (of.of.name != sheet.graph.loss or isinstance(accepted, FormulaAnswer)):
        values = {"definition": definition, "below": below}
        yield words.say("Differentiate {definition} by {below}; every other name counts as a constant.", **values)
    elif isinstance(accepted, FormulaAnswer):
        yield words.say("Work out each factor of its chain, and multiply them.")
        if has_samples(sheet.graph) and not any(sheet.graph.indexed(symbol.name) for symbol in (of.of, of.by)):
            yield words.say("It adds up the samples: write sum(…) or mean(…) around what there is one of for each sample.")
    elif has_samples(sheet.graph):
        yield words.say("Put the numbers into the formula before it; a sum takes one term from each sample.")
    else:
        yield words.say("Put the numbers into the formula before it.")


def _length(sheet: Sheet, of: Partial) -> Iterator[str]:
    """How long the chain is, where it is the only one and written in full."""
    evaluation = sheet.evaluation
    gradient = evaluation.derivation.gradients.get(of.by.name) if of.of.name == sheet.graph.loss else None
    whole = not evaluation.graph.spec.notation.shorthands and evaluation.graph.spec.notation.chain != "two_stage"
    paths = (gradient.paths or ()) if gradient is not None and uses_chains(evaluation, gradient) else ()
    if whole and len(paths) == 1:
        yield sheet.words.count("The chain has {n} factor.", "The chain has {n} factors.", len(paths[0]))


def _definition(sheet: Sheet, name: str) -> str:
    """`Z_3 = W_13·x_1 + …` in characters; empty where there is none that one would write down."""
    graph = sheet.graph
    if name not in graph.quantities or graph.quantities[name].definition is None or is_wide(graph, name):
        return ""
    sides = definition_line(graph, name).sides
    return f"{text(sides[0], sheet.style)} = {text(sides[1], sheet.style)}"


def _typing(sheet: Sheet, of: Expr | None, accepted: Accepted) -> Iterator[str]:
    """How the answer is typed."""
    words, style = sheet.words, sheet.evaluation.number_format
    if isinstance(accepted, PartialAnswer):
        yield words.say("It is typed like dL/dw: {example}.", example=_example(of))
    elif isinstance(accepted, NumberAnswer) and not accepted.worked:
        if style.rounding == "significant":
            yield words.count(
                "Type the exact number or fraction; a rounded one needs {n} digit or more.",
                "Type the exact number or fraction; a rounded one needs {n} digits or more.",
                style.digits,
            )
        else:
            yield words.count(
                "Type the exact number or fraction; a rounded one needs {n} decimal or more.",
                "Type the exact number or fraction; a rounded one needs {n} decimals or more.",
                style.digits,
            )
    elif isinstance(accepted, UncheckedAnswer):
        yield words.say("It is not checked here: compare it with the key.")
    elif isinstance(accepted, MatrixAnswer):
        yield words.say(
            "It has {rows} × {columns} entries. Type a row with spaces between its numbers, and ; between the rows.",
            rows=len(accepted.rows),
            columns=len(accepted.rows[0]),
        )


def _example(of: Expr | None) -> str:
    """What is asked for itself, as it is typed: the left side's names."""
    return f"d{of.of.name}/d{of.by.name}" if isinstance(of, Partial) else "dL/dw"
