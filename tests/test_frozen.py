"""Frozen dataclasses of `derivgen.frozen` against those of the standard library: the same in all that can be seen of them."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from derivgen import frozen


def _declared(dataclass: Callable[..., Any], slots: bool) -> tuple[Any, Any]:
    @dataclass(frozen=True, slots=slots)
    class Base:
        """A place first, though it comes last."""

        at: int | None = dataclasses.field(default=None, compare=False, repr=False, kw_only=True)

    @dataclass(frozen=True, slots=slots)
    class Node(Base):
        """Fields of every kind."""

        name: str
        parts: tuple[Any, ...] = ()
        kept: dict[str, int] = dataclasses.field(default_factory=dict, compare=False)
        label: str = dataclasses.field(kw_only=True)

    return Base, Node


@frozen.dataclass(frozen=True, slots=True)
class Slotted:
    """A class that can be pickled: it stands in a module."""

    left: int
    right: tuple[int, ...] = (1,)


@frozen.dataclass(frozen=True)
class Plain:
    """The same with a dictionary."""

    left: int
    right: tuple[int, ...] = (1,)


BOTH = pytest.mark.parametrize("slots", [True, False])


@BOTH
def test_objects_are_made_compared_and_shown_alike(slots: bool) -> None:
    shown = []
    for declare in (frozen.dataclass, dataclasses.dataclass):
        base, node = _declared(declare, slots)
        one, same, other = node("a", (1,), label="l"), node("a", (1,), label="l", at=3), node("a", label="l")
        assert one == same and hash(one) == hash(same) and one != other and one != base()
        assert one.kept == {} and one.kept is not same.kept
        assert dataclasses.replace(one, name="b", at=7) == node("b", (1,), label="l")
        assert node.__match_args__ == ("name", "parts", "kept") and dataclasses.is_dataclass(node)
        shown.append((repr(one), repr(base(at=1)), [field.name for field in dataclasses.fields(one)]))
    assert shown[0] == shown[1]


@BOTH
@pytest.mark.parametrize(
    "arguments", [((), {}), (("a",), {}), (("a",), {"label": "l", "wrong": 1}), (("a", (), {}, 4), {"label": "l"})], ids=str
)
def test_wrong_arguments_are_refused(slots: bool, arguments: tuple[tuple[Any, ...], dict[str, Any]]) -> None:
    said = []
    for declare in (frozen.dataclass, dataclasses.dataclass):
        _, node = _declared(declare, slots)
        with pytest.raises(TypeError) as refusal:
            node(*arguments[0], **arguments[1])
        said.append(str(refusal.value))
    assert said[0] == said[1]


@BOTH
def test_nothing_can_be_changed(slots: bool) -> None:
    _, node = _declared(frozen.dataclass, slots)
    one = node("a", label="l")
    with pytest.raises(dataclasses.FrozenInstanceError):
        one.name = "b"
    with pytest.raises(dataclasses.FrozenInstanceError):
        del one.name


@pytest.mark.parametrize("kind", [Slotted, Plain])
def test_copies_are_equal(kind: Any) -> None:
    one = kind(3, (4, 5))
    assert pickle.loads(pickle.dumps(one)) == copy.deepcopy(one) == copy.copy(one) == one


def test_own_methods_stay() -> None:
    @frozen.dataclass(frozen=True, slots=True)
    class Odd:
        """Compared by what is left over."""

        value: int

        def __eq__(self, other: object) -> bool:
            return isinstance(other, Odd) and self.value % 2 == other.value % 2

        def __hash__(self) -> int:
            return self.value % 2

        def __repr__(self) -> str:
            return "odd"

    assert Odd(1) == Odd(3) != Odd(2) and repr(Odd(1)) == "odd" and len({Odd(1), Odd(3)}) == 1


def test_identity_where_it_is_asked_for() -> None:
    @frozen.dataclass(frozen=True, eq=False)
    class Alone:
        """Equal to itself only."""

        value: int

    assert Alone(1) != Alone(1) and len({Alone(1), Alone(1)}) == 2
