"""The one walk over blocks: nothing that holds blocks is passed over, whatever kinds there will be."""

from __future__ import annotations

from dataclasses import fields
from typing import get_args, get_type_hints

import pytest

from derivgen.documents.document import (
    Block,
    Equations,
    Heading,
    Line,
    Paragraph,
    SideBySide,
    Space,
    Table,
    Task,
    Text,
    Together,
    children,
    each_block,
    expressions,
    map_blocks,
    map_groups,
)
from derivgen.maths.tree import Sym

KINDS = get_args(Block)


def paragraph(words: str) -> Paragraph:
    return Paragraph((Text(words),))


def words(blocks) -> list[str]:
    return [block.prose[0].words for block in blocks if isinstance(block, Paragraph)]


def holds_blocks(annotation: object) -> bool:
    """Whether a block may stand anywhere within a field of this type."""
    return annotation in KINDS or any(map(holds_blocks, get_args(annotation)))


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_that_may_hold_blocks_is_walked(kind: type) -> None:
    hints = get_type_hints(kind)
    holding = [field.name for field in fields(kind) if holds_blocks(hints[field.name])]
    block = object.__new__(kind)
    for field in fields(kind):
        object.__setattr__(block, field.name, (paragraph(field.name),) if field.name in holding else ())
    assert words(children(block)) == holding
    assert list(each_block((block,)))[1:] == list(children(block))


def test_each_kind_that_holds_blocks() -> None:
    assert {kind for kind in KINDS if any(holds_blocks(hint) for hint in get_type_hints(kind).values())} == {
        SideBySide,
        Space,
        Task,
        Together,
    }


def nested() -> tuple[Block, ...]:
    space = Space(2.0, (paragraph("c"),))
    task = Task("1", (), (), "", (Together((paragraph("b"), space)),))
    return (paragraph("a"), task, SideBySide((paragraph("d"),), (paragraph("e"), Heading(()))))


def test_blocks_come_in_reading_order() -> None:
    assert words(each_block(nested())) == ["a", "b", "c", "d", "e"]


def test_blocks_changed_and_left_out_wherever_they_are() -> None:
    def change(block: Block) -> Block | None:
        if isinstance(block, Paragraph):
            return paragraph(words((block,))[0].upper())
        return None if isinstance(block, Heading) else block

    changed = map_blocks(nested(), change)
    assert words(each_block(changed)) == ["A", "B", "C", "D", "E"]
    assert not any(isinstance(block, Heading) for block in each_block(changed))
    assert map_blocks(nested(), lambda block: block) == nested()


def test_groups_are_told_apart_by_their_names() -> None:
    seen: list[str] = []
    block = nested()[2]
    assert map_groups(block, lambda group, name: seen.append(name) or group) == block
    assert seen == ["left", "right"]


def test_expressions_that_stand_by_themselves() -> None:
    a, b, c, d = (Sym(name) for name in "abcd")
    assert list(expressions(Equations((Line(a, (("=", b),)), Line(None, (("=", c),)))))) == [a, b, c]
    assert list(expressions(Table((a, None), ((b, c),), footer=(None, d)))) == [a, b, c, d]
    assert list(expressions(Together((Equations((Line(a, (("=", b),)),)),)))) == []
