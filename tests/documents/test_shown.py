"""`show`: every block there is can be asked for, is made, and has its claims checked."""

from derivgen.documents.shown import BLOCKS
from derivgen.lines.shown import LINES
from derivgen.spec.shown import KINDS


def test_every_kind_of_block_is_made_somewhere():
    assert set(BLOCKS) == set(KINDS)
    assert set(LINES) <= set(KINDS)
    assert {shown.where for shown in BLOCKS.values()} <= {"setting", "forward", "end"}


def test_every_kind_has_an_example_of_itself():
    for word, kind in KINDS.items():
        assert kind.example.strip("{").startswith(word) and 0 <= kind.least <= kind.most
