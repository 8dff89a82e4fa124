"""Pieces of the backward pass: a gradient's chain, factors, product, numbers, result; adjoints; all gradients; the update;
second derivatives.

A gradient is named as `wrt` names it: `W_13`, or `yhat/a_1` for the derivative of one quantity by another. One that is written by
adjoints has its line in the place of its chain.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from derivgen.blocks.record import PieceKind, equations, sole, without_title
from derivgen.derivation.derive import Gradient
from derivgen.documents.document import Block, Equations, Heading, Line, map_blocks
from derivgen.documents.gradients import (
    adjoint,
    adjoint_blocks,
    adjoint_lines,
    chain_blocks,
    factor,
    factor_lines,
    numbers,
    products,
    remark,
)
from derivgen.documents.notes import backward_pass, summary
from derivgen.documents.second import hessian_blocks, second_names, second_of
from derivgen.documents.setting import shorthands
from derivgen.documents.sheet import Sheet
from derivgen.documents.task_plan import written_gradients
from derivgen.documents.updates import steps_table, update_blocks, update_of
from derivgen.evaluation import Evaluation
from derivgen.lines.adjoints import adjoint_line, needed, note_line
from derivgen.lines.chains import chain_line, uses_chains
from derivgen.lines.equality import Equality, equality, relation_before
from derivgen.lines.notation import has_samples, partial
from derivgen.lines.simplified import put_in, simplified_lines
from derivgen.lines.stages import product_lines, staged_line
from derivgen.lines.tables import gradient_value
from derivgen.lines.updates import MOST_UPDATES
from derivgen.machine import wanted
from derivgen.updates import descent, updated

_NONE = "the spec asks for no gradient that is written out"
Own = tuple[Sheet, Gradient]
_NO_CHAIN = "the loss names it itself, or the spec does not ask for the derivative by it (see `wrt`)"
_NOT_ASKED = "the spec does not ask for the derivative by it (see `wrt`), or it has none of its own"


def _own(sheet: Sheet, key: str) -> Own:
    """A gradient by its key, and the sheet on which it is one."""
    one, name = wanted(sheet.evaluation)[key]
    return (sheet if one is sheet.evaluation else replace(sheet, evaluation=one)), one.derivation.gradients[name]


def _owns(sheet: Sheet) -> dict[str, Own]:
    """All that are asked for, but for the loss itself."""
    own = {id(one): sheet if one is sheet.evaluation else replace(sheet, evaluation=one) for one in _evaluations(sheet)}
    known = wanted(sheet.evaluation).items()
    return {key: (own[id(one)], one.derivation.gradients[name]) for key, (one, name) in known if key != sheet.graph.loss}


def _evaluations(sheet: Sheet) -> tuple[Evaluation, ...]:
    """Return the evaluation, and those in which another quantity stands in the loss's place."""
    found = {id(one): one for one in (sheet.evaluation, *(one for one, _ in wanted(sheet.evaluation).values()))}
    return tuple(found.values())


def _all(sheet: Sheet) -> tuple[str, ...]:
    return tuple(_owns(sheet))


def _is_chained(own: Sheet, gradient: Gradient) -> bool:
    return uses_chains(own.evaluation, gradient)


def _reached(sheet: Sheet) -> tuple[str, ...]:
    """Those that the loss depends on."""
    return tuple(key for key, own in _owns(sheet).items() if _depends(*own))


def _depends(own: Sheet, gradient: Gradient) -> bool:
    return gradient.name in own.evaluation.derivation.consumers


def _linked(sheet: Sheet) -> tuple[str, ...]:
    """Those with something between them and the loss; where the loss names one itself, its chain is what it is the chain of."""
    return tuple(key for key, own in _owns(sheet).items() if _depends(*own) and _is_linked(*own))


def _is_linked(own: Sheet, gradient: Gradient) -> bool:
    return own.evaluation.derivation.consumers[gradient.name] != (own.graph.loss,)


def _chain(sheet: Sheet, key: str) -> tuple[Block, ...]:
    own, gradient = _own(sheet, key)
    return equations(own.line(_chain_line(own, gradient)))


def _chain_line(own: Sheet, gradient: Gradient) -> Equality:
    """∂L/∂w = ∂L/∂a · ∂a/∂z · …; of one written by adjoints ∂L/∂w = ∂L/∂z · ∂z/∂w."""
    if _is_chained(own, gradient):
        return staged_line(own.graph, gradient) or chain_line(own.graph, gradient)
    whole = adjoint_line(own.evaluation, gradient.name)
    return equality(whole.about, *whole.sides[:2])


def _factors(sheet: Sheet, key: str) -> tuple[Block, ...]:
    own, gradient = _own(sheet, key)
    lines = factor_lines(own, gradient) if _is_chained(own, gradient) else tuple(_adjoint_factors(own, gradient))
    return (Equations(lines, together=False),) if lines else ()


def _adjoint_factors(own: Sheet, gradient: Gradient) -> Iterator[Line]:
    """Yield both factors of each term of ∂L/∂w = ∂L/∂z · ∂z/∂w + …, worked out; the loss's own derivative, 1, is left out."""
    for user in own.evaluation.derivation.consumers[gradient.name]:
        if user != own.graph.loss:
            yield from adjoint(own, user)
        yield factor(own, (user, gradient.name))


def _product(sheet: Sheet, key: str) -> tuple[Block, ...]:
    own, gradient = _own(sheet, key)
    if _is_chained(own, gradient):
        return equations(*(own.line(line) for line in products(own, gradient)))
    return equations(own.line(_short(note_line(own.evaluation, gradient.name))))


def _short(line: Equality) -> Equality:
    """Return the first side and the last."""
    return replace(line, sides=(line.sides[0], line.last), relations=line.relations[-1:])


def _numbers(sheet: Sheet, key: str) -> tuple[Block, ...]:
    own, gradient = _own(sheet, key)
    if _is_chained(own, gradient):
        return numbers(own, gradient)
    line = put_in(own.evaluation, gradient.name)
    return equations(own.line(line)) if line is not None else ()


def _gradient(sheet: Sheet, key: str) -> tuple[Block, ...]:
    """All of it as in the notes, without any heading; of one written by adjoints every line that leads to it."""
    own, gradient = _own(sheet, key)
    if not _depends(own, gradient):
        return adjoint_lines(own, [gradient], [])
    if _is_chained(own, gradient):
        blocks = chain_blocks(own, gradient, 1)
    else:
        blocks = adjoint_lines(own, [gradient], needed(own.evaluation.derivation, [gradient]))
    return map_blocks(blocks, lambda block: None if isinstance(block, Heading) else block)


def _answer(sheet: Sheet, key: str) -> tuple[Block, ...]:
    """∂L/∂w = its value; without numbers, its formula."""
    own, gradient = _own(sheet, key)
    left = partial(own.graph, own.graph.loss, gradient.name)
    if _has_number(own, gradient):
        result = gradient_value(own.evaluation, gradient)
        return equations(Line(left, ((relation_before(result), result),)))
    if not _depends(own, gradient):
        return adjoint_lines(own, [gradient], [])
    if _is_chained(own, gradient):
        forms = (*product_lines(own.graph, gradient), *simplified_lines(own.evaluation.derivation, gradient))
        return equations(Line(left, (("=", forms[-1].last),)))
    return _product(sheet, key)


def _locals(sheet: Sheet) -> tuple[str, ...]:
    """Every factor of the chains, as consumer/operand."""
    return tuple(dict.fromkeys(f"{c}/{o}" for one in _evaluations(sheet) for c, o in one.derivation.locals))


def _factor(sheet: Sheet, of: str) -> tuple[Block, ...]:
    consumer, _, operand = of.partition("/")
    for one in _evaluations(sheet):
        if (consumer, operand) in one.derivation.locals:
            own = sheet if one is sheet.evaluation else replace(sheet, evaluation=one)
            return equations(factor(own, (consumer, operand)))
    return ()


def _adjoints(sheet: Sheet) -> tuple[str, ...]:
    return tuple(name for name in needed(sheet.evaluation.derivation) if name != sheet.graph.loss)


def _by_adjoints(sheet: Sheet) -> tuple[Block, ...]:
    """Each derivative of the loss from the ones before it, whatever the notation."""
    asked = written_gradients(sheet, sheet.evaluation.derivation.gradients.values())
    return adjoint_blocks(sheet, list(asked), False)[2:] if asked else ()


def _backward(sheet: Sheet) -> tuple[Block, ...]:
    found = list(wanted(sheet.evaluation).values())
    asked = written_gradients(sheet, (one.derivation.gradients[name] for one, name in found if one is sheet.evaluation))
    return backward_pass(sheet, found, list(asked))[1:]


def _summary(sheet: Sheet) -> tuple[Block, ...]:
    asked = [one.derivation.gradients[name] for one, name in wanted(sheet.evaluation).values() if one is sheet.evaluation]
    return without_title(summary(sheet, asked))


def _with_numbers(sheet: Sheet) -> tuple[str, ...]:
    return tuple(key for key, own in _owns(sheet).items() if _depends(*own) and _has_number(*own))


def _has_number(own: Sheet, gradient: Gradient) -> bool:
    """Return whether it has one value that is known, not one per sample."""
    return gradient.name in own.evaluation.adjoints and not (has_samples(own.graph) and own.graph.per_sample(gradient.name))


def _remarked(sheet: Sheet) -> tuple[str, ...]:
    return tuple(name for name in sheet.spec.notes if name in sheet.graph.quantities)


def _descent(sheet: Sheet) -> tuple[Block, ...]:
    return steps_table(sheet) if sheet.spec.update is not None and descent(sheet.evaluation).steps else ()


def _updates(sheet: Sheet) -> tuple[str, ...]:
    names = updated(sheet.graph)[:MOST_UPDATES] if sheet.spec.update is not None else ()
    return ("", *names) if names else ()


def _update(sheet: Sheet, of: str) -> tuple[Block, ...]:
    return (Equations(update_of(sheet, of)),) if of else update_blocks(sheet)[1:]


KINDS = {
    "chain": PieceKind("the chain of partial derivatives of one gradient", _linked, _chain, _NO_CHAIN),
    "factors": PieceKind("each factor of a chain worked out", _reached, _factors, _NOT_ASKED),
    "factor": PieceKind("one local derivative worked out", _locals, _factor, "it is no factor of a chain that the spec asks for"),
    "product": PieceKind("the factors of a chain multiplied", _reached, _product, _NOT_ASKED),
    "numbers": PieceKind(
        "the numbers of a chain and its result", _with_numbers, _numbers, "it has no numbers, or the spec does not ask for it"
    ),
    "gradient": PieceKind("one gradient as in the notes", _all, _gradient, _NOT_ASKED),
    "answer": PieceKind("one gradient's result, alone", _all, _answer, _NOT_ASKED),
    "remark": PieceKind("the author's remark on a gradient", _remarked, remark, "the spec has no remark under `notes` for it"),
    "adjoint": PieceKind(
        "the derivative of the loss by one quantity, from those before it",
        _adjoints,
        lambda sheet, of: equations(*adjoint(sheet, of)),
        "no gradient that the spec asks for needs it",
    ),
    "backward": sole("the backward pass as in the notes", _backward, _NONE),
    "adjoints": sole(
        "the backward pass by adjoints, each from those before it",
        _by_adjoints,
        lacking="the spec asks for no gradient that is written out",
    ),
    "gradients": sole("all gradients in a table", _summary, lacking="there are no numbers, or there is one gradient only"),
    "update": PieceKind("the step of gradient descent; of a name: its line", _updates, _update, "the spec has no `update`"),
    "descent": sole("several steps of gradient descent in a table", _descent, lacking="the spec's `update` has no steps"),
    "second": PieceKind(
        "the second derivatives as in the notes; of `v/w`: one of them",
        lambda sheet: ("", *names) if (names := second_names(sheet)) else (),
        second_of,
        "the spec does not ask for it under `second`",
    ),
    "hessian": sole("the Hessian", hessian_blocks, lacking="the spec does not ask for all of it under `second`"),
    "shorthands": sole(
        "the shorthands of derivatives and what they stand for",
        lambda sheet: shorthands(sheet, worked=True),
        "the spec's `notation` has no `shorthands`",
    ),
}
