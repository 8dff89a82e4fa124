"""Pieces of the worksheet and of its key: one task, or the whole sheet. A worksheet's have gaps, never answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from derivgen.documents.compose import body
from derivgen.documents.document import Block
from derivgen.documents.pieces.kind import Kind
from derivgen.documents.sheet import Sheet
from derivgen.documents.tasks import TASKS, task

_ASKS_NOTHING = "this task asks for nothing here"


def _tasks(sheet: Sheet) -> tuple[str, ...]:
    """Every kind of task that asks something, listed in the spec's worksheet or not."""
    return tuple(kind for kind in TASKS if _task("worksheet")(sheet, kind))


def _task(audience: str) -> Callable[[Sheet, str], tuple[Block, ...]]:
    def made(sheet: Sheet, kind: str) -> tuple[Block, ...]:
        found = task(replace(sheet, audience=audience), kind)
        return (found,) if found is not None else ()

    return made


def _whole(audience: str) -> Callable[[Sheet, str], tuple[Block, ...]]:
    return lambda sheet, _: body(replace(sheet, audience=audience))


def _one(sheet: Sheet) -> tuple[str, ...]:
    return ("",)


def _with_whole(sheet: Sheet) -> tuple[str, ...]:
    return ("", *_tasks(sheet))


def _key(sheet: Sheet, of: str) -> tuple[Block, ...]:
    return _task("key")(sheet, of) if of else _whole("key")(sheet, of)


KINDS = {
    "task": Kind("a task of the worksheet, with gaps", _tasks, _task("worksheet"), _ASKS_NOTHING),
    "key": Kind("the task with its gaps filled; without a word, all of the key", _with_whole, _key, _ASKS_NOTHING),
    "worksheet": Kind("all of the worksheet", _one, _whole("worksheet")),
    "notes": Kind("all of the notes", _one, _whole("notes")),
}
