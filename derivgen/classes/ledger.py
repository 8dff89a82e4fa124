"""Which students are finished, and from what: so that a second run goes on where the first stopped, and remakes what is stale."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from derivgen.classes.assignments import Assignment
from derivgen.classes.job import Job
from derivgen.classes.sheets import MadeSheets
from derivgen.classes.store import Store
from derivgen.documents.answers import Answer
from derivgen.frozen import dataclass, field, fields, is_dataclass
from derivgen.memo import READ_ONCE
from derivgen.rendering.templates import folder
from derivgen.spec.model import Spec

PARTS = "finished"
"""The folder of the ledger: a line for each student, so many of the class in each file."""
LINES = 50


@dataclass(frozen=True, slots=True)
class Entry:
    """A finished student: what it was made from (`key`), the files with their digests, the answers."""

    id: str
    key: str
    files: Mapping[str, str]
    answers: tuple[Answer, ...] = ()

    def as_json(self) -> str:
        """Return one line."""
        told = [[answer.name, answer.printed, answer.exact] for answer in self.answers]
        return json.dumps({"id": self.id, "key": self.key, "files": dict(self.files), "answers": told}, ensure_ascii=False)


@dataclass(slots=True)
class Ledger:
    """The finished students of a store. In memory there are only their keys and where their lines stand.

    Which line stands where is a matter of the `places` in the class alone, not of how the work was shared out.
    """

    store: Store
    places: Mapping[str, int] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    parts: dict[str, str] = field(default_factory=dict)
    _open: tuple[str, Mapping[str, Entry]] = field(default_factory=lambda: ("", {}))

    @classmethod
    def opened(cls, store: Store) -> Ledger:
        """Return what earlier runs have noted. A line that is broken counts for nothing."""
        ledger = cls(store)
        for part in store.names(PARTS):
            for entry in _entries(store, part):
                ledger.keys[entry.id], ledger.parts[entry.id] = entry.key, part
        return ledger

    def entry(self, id_: str) -> Entry | None:
        """Return a student's line."""
        part = self.parts.get(id_)
        if part is None:
            return None
        if self._open[0] != part:
            self._open = (part, {entry.id: entry for entry in _entries(self.store, part)})
        return self._open[1].get(id_)

    def is_finished(self, assignment: Assignment, key: str) -> bool:
        """Return whether the student's files are there, made from the same, and as they were written."""
        if self.keys.get(assignment.id) != key or (entry := self.entry(assignment.id)) is None:
            return False
        return all(digest_of(self.store.read(name)) == digest for name, digest in entry.files.items())

    def note(self, made: Sequence[tuple[MadeSheets, str]]) -> None:
        """Write down that these are finished, once their files are written."""
        entries = [
            Entry(one.id, key, {name: digest_of(content) for name, content in one.files.items()}, one.answers)
            for one, key in made
        ]
        if not entries:
            return
        new = {entry.id: entry for entry in entries}
        left = [self.parts[id_] for id_ in new if id_ in self.parts]
        for entry in entries:
            self.keys[entry.id], self.parts[entry.id] = entry.key, self._part_of(entry.id)
        for part in dict.fromkeys((*(self.parts[id_] for id_ in new), *left)):
            lines = {entry.id: entry for entry in _entries(self.store, part)} | new
            here = sorted((entry for id_, entry in lines.items() if self.parts.get(id_) == part), key=self._order)
            self.store.write({part: "".join(f"{entry.as_json()}\n" for entry in here).encode()})
        self._open = ("", {})

    def _part_of(self, id_: str) -> str:
        """The file of a student's line."""
        return f"{PARTS}/{self.places.get(id_, 0) // LINES + 1}.jsonl"

    def _order(self, entry: Entry) -> tuple[int, str]:
        return self.places.get(entry.id, len(self.places)), entry.id


def _entries(store: Store, part: str) -> Iterator[Entry]:
    for line in (store.read(part) or b"").decode(errors="replace").split("\n"):
        try:
            told = json.loads(line)
            answers = tuple(Answer(*answer) for answer in told["answers"])
            yield Entry(told["id"], told["key"], dict(told["files"]), answers)
        except (ValueError, KeyError, TypeError):
            continue


def digest_of(content: bytes | None) -> str:
    """Return a file's content in 32 signs; nothing for no file."""
    return sha256(content).hexdigest()[:32] if content is not None else ""


def key_of(assignment: Assignment, job: Job, meaning: str) -> str:
    """Return a digest of what sheets are made from: the student and their record, the job, the spec's `meaning`."""
    told = (assignment.as_json(), job.audiences, job.formats, meaning)
    return sha256(repr(told).encode()).hexdigest()[:32]


def meaning_of(spec: Spec, engine: str) -> str:
    """Return the whole spec with all its words and looks, this program with its templates, and the TeX engine, in one digest."""
    return sha256(repr((_told(spec), _program(), engine)).encode()).hexdigest()[:32]


def _told(value: Any) -> Any:
    """A value without the places in files that it remembers."""
    if is_dataclass(value) and not isinstance(value, type):
        return type(value).__name__, tuple(_told(getattr(value, f.name)) for f in fields(value) if f.compare)
    if isinstance(value, Mapping):
        return tuple((_told(key), _told(entry)) for key, entry in value.items())
    if isinstance(value, (tuple, list)):
        return tuple(_told(entry) for entry in value)
    return value


@READ_ONCE
def _program() -> str:
    """A digest of the package's files and of the templates."""
    package, told = Path(__file__).parent.parent, sha256()
    files = [*package.rglob("*.py"), *package.rglob("*.po"), *folder("latex").parent.rglob("*.j2")]
    for file in sorted(files, key=lambda file: file.as_posix()):
        told.update(file.name.encode() + b"\0" + file.read_bytes())
    return told.hexdigest()
