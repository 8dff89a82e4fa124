"""What a practice sheet says to who asks for a hint: the author's own, the rule that leads on, how the answer is typed.

A hint says how to go on, never what comes out.
"""

from __future__ import annotations

from collections.abc import Iterator

from derivgen.documents.accepted import Accepted, AFormula, AMatrix, ANumber, APartial
from derivgen.documents.document import Math, Prose
from derivgen.documents.gaps import hint_for
from derivgen.documents.sheet import Sheet
from derivgen.lines.every import uses_chains
from derivgen.lines.forward import definition_line, is_wide
from derivgen.lines.paper import runs
from derivgen.maths.tree import Expr, Nabla, Partial, Sym
from derivgen.maths.unicode import text


def hints(sheet: Sheet, of: Expr | None, accepted: Accepted) -> tuple[str, ...]:
    """The hints of one gap, one after another; `of` is the left side or the column's head that it belongs to."""
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
    if isinstance(of, Partial):
        yield from _of_derivative(sheet, of, accepted)
    elif isinstance(of, Sym) and isinstance(accepted, ANumber):
        definition = _definition(sheet, of.name)
        if definition:
            yield sheet.words.say("Put the numbers into {definition}.", definition=definition)
    elif isinstance(of, Nabla):
        yield sheet.words.say("It has one partial derivative in each entry.")


def _of_derivative(sheet: Sheet, of: Partial, accepted: Accepted) -> Iterator[str]:
    words, evaluation = sheet.words, sheet.evaluation
    above, below = (text(symbol, sheet.style) for symbol in (of.of, of.by))
    name = of.by.name
    if isinstance(accepted, APartial):
        yield words.say(
            "From {above} back to {below}: what stands below in one factor stands above in the next.", above=above, below=below
        )
        gradient = evaluation.derivation.gradients.get(name)
        if gradient is not None and gradient.paths is not None and uses_chains(evaluation, gradient) and len(gradient.paths) == 1:
            count = len(gradient.paths[0])
            yield words.count("The chain has {n} factor.", "The chain has {n} factors.", count)
    elif isinstance(accepted, ANumber):
        yield (
            words.say("Put the numbers into the formula before it; a sum takes one term from each sample.")
            if runs(sheet.graph)
            else words.say("Put the numbers into the formula before it.")
        )
    elif isinstance(accepted, AFormula):
        definition = _definition(sheet, of.of.name)
        if of.of.name != sheet.graph.loss or of.direct or sheet.graph.loss in _users(sheet, name):
            if definition:
                yield words.say(
                    "Differentiate {definition} by {below}; every other name counts as a constant.",
                    definition=definition,
                    below=below,
                )
        else:
            yield words.say("Work out each factor of its chain, and multiply them.")
        if runs(sheet.graph) and not sheet.graph.indexed(name):
            yield words.say("It adds up the samples: write sum(…) or mean(…) around what there is one of for each sample.")


def _users(sheet: Sheet, name: str) -> tuple[str, ...]:
    """The quantities whose definitions use a name."""
    return tuple(sheet.evaluation.derivation.consumers.get(name, ()))


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
    if isinstance(accepted, APartial):
        yield words.say("It is typed like dL/dw: {example}.", example=_example(of))
    elif isinstance(accepted, ANumber) and not accepted.worked:
        if style.rounding == "significant":
            yield words.count(
                "Type a fraction, or a number with {n} digit or more.",
                "Type a fraction, or a number with {n} digits or more.",
                style.digits,
            )
        else:
            yield words.count(
                "Type a fraction, or a number with {n} decimal or more.",
                "Type a fraction, or a number with {n} decimals or more.",
                style.digits,
            )
    elif isinstance(accepted, AMatrix):
        yield words.say(
            "It has {rows} × {columns} entries. Type a row with spaces between its numbers, and ; between the rows.",
            rows=len(accepted.rows),
            columns=len(accepted.rows[0]),
        )


def _example(of: Expr | None) -> str:
    """What is asked for itself, as it is typed: the left side's names."""
    return f"d{of.of.name}/d{of.by.name}" if isinstance(of, Partial) else "dL/dw"
