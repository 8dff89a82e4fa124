"""`show`: every block there is can be asked for, is made, and has its claims checked."""

from derivgen.blocks import BLOCKS
from derivgen.spec.shown import SYNTAX


def test_every_block_has_a_record_and_a_syntax():
    assert set(BLOCKS) == set(SYNTAX)
    assert all(name == block.name for name, block in BLOCKS.items())


def test_every_block_is_a_piece_of_its_own():
    names = [block.piece or block.name for block in BLOCKS.values()]
    assert len(names) == len(set(names)) > 10
    assert all(block.means and block.lacking for block in BLOCKS.values())


def test_every_block_has_an_example_of_itself():
    for word, syntax in SYNTAX.items():
        assert syntax.example.strip("{").startswith(word) and 0 <= syntax.least <= syntax.most
