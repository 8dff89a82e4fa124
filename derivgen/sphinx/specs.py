"""Which spec a directive means: found, worked through and checked once, its files noted, its mistakes told as warnings."""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Iterable
from pathlib import Path

from sphinx.environment import BuildEnvironment
from sphinx.util import logging

from derivgen.errors import Place, Problem, UserError
from derivgen.frozen import dataclass, field, replace
from derivgen.language import SOURCE, languages
from derivgen.spec.data import files_named, files_named_in
from derivgen.work import Worked, work

logger = logging.getLogger(__name__)

ENDINGS = (".yaml", ".yml")
MOST_KEPT = 64
DEFAULT = "derivgen_spec"  # under this key a document keeps the spec that its directives mean when they name none


@dataclass(frozen=True)
class Written:
    """A spec: a file, or a text that stands in a document (at `at`, counted from 1) and is read as if it lay in `folder`."""

    path: Path | None = None
    text: str = ""
    folder: Path | None = None
    at: tuple[str, int] = ("", 0)

    @property
    def shown(self) -> str:
        """Return what the file is called in messages: its path from here, which is the same on every machine."""
        if self.path is None:
            return self.at[0]
        try:
            return os.path.relpath(self.path)
        except ValueError:  # another drive
            return str(self.path)


@dataclass
class _Kept:
    """What came of a spec, and the files it was read from as they were then."""

    outcome: Worked | UserError
    files: tuple[tuple[Path, tuple[int, int] | None], ...] = field(default=())

    def still_true(self) -> bool:
        """Return whether none of the files has changed since."""
        return all(_stamp(path) == stamp for path, stamp in self.files)


_KEPT: OrderedDict[tuple[Written, str], _Kept] = OrderedDict()


def file_named(env: BuildEnvironment, name: str) -> Written:
    """Return the spec in a file: its path goes from the document's folder, or with a slash before it from that of `conf.py`."""
    _, path = env.relfn2path(name)
    return Written(Path(path))


def is_file_name(word: str) -> bool:
    """Return whether a word names a spec's file."""
    return word.lower().endswith(ENDINGS)


def worked(env: BuildEnvironment, written: Written) -> Worked:
    """Return the spec worked through and checked; the document that asks for it depends on its files from now on.

    Raises:
        UserError: the spec is wrong, or a line of it is false.
    """
    key = (written, language_of(env))
    kept = _KEPT.get(key)
    if kept is None or not kept.still_true():
        kept = _KEPT[key] = _worked(written, key[1])
    _KEPT.move_to_end(key)
    while len(_KEPT) > MOST_KEPT:
        _KEPT.popitem(last=False)
    for path, _ in kept.files:
        env.note_dependency(str(path))
    if isinstance(kept.outcome, UserError):
        raise kept.outcome
    return kept.outcome


def language_of(env: BuildEnvironment) -> str:
    """Return the language of a spec that does not say its own: the site's, where there is a catalogue for it."""
    wanted = (env.config.language or SOURCE).replace("-", "_").lower().split("_")[0]
    return wanted if wanted in languages() else SOURCE


def _worked(written: Written, language: str) -> _Kept:
    from derivgen.spec.load import load, loads

    outcome: Worked | UserError
    files = tuple((path, _stamp(path)) for path in _files(written))
    try:
        if written.path is not None:
            outcome = work(load(written.shown, language))
        else:
            outcome = work(loads(written.text, "spec", written.folder, language))
    except UserError as error:
        outcome = error
    except RecursionError:
        outcome = UserError(Problem("this computation is too deep to work through", hint="split it over several names"))
    return _Kept(outcome, files)


def _files(written: Written) -> tuple[Path, ...]:
    """Return the spec's own file, and those that it names."""
    if written.path is not None:
        return (written.path, *files_named(written.path))
    return files_named_in(written.text, written.folder) if written.folder is not None else ()


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def tell(problems: Iterable[Problem], location: str, written: Written | None = None, kind: str = "spec") -> None:
    """Print problems as warnings of Sphinx, where the document asks for the spec, each with its own place."""
    for problem in problems:
        where = location
        if written is not None and written.path is None and problem.place is not None:
            document, first = written.at
            where = f"{document}:{first + problem.place.line - 1}"
        logger.warning("%s", _said(problem, written), location=where, type="derivgen", subtype=kind)


def _said(problem: Problem, written: Written | None) -> str:
    """Return the problem's lines; of a spec within the document without the place, which the warning itself has."""
    plain = replace(problem, severity="error")
    if problem.place is None or written is None or written.path is not None:
        return str(plain)
    place = problem.place
    return str(replace(plain, place=Place("", place.line, place.column, place.length, place.text))).partition(": ")[2]
