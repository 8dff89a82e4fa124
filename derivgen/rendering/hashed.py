"""What a practice page knows of its answers: hashes of the words that are accepted, and made-up places to try formulas at.

A hash is slow (PBKDF2) and salted by the sheet, the gap and the entry, so that equal answers look different and a table of
likely answers has to be worked out anew for each gap. Short answers can still be found by trying.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from hashlib import pbkdf2_hmac
from typing import Any

from derivgen.documents.accepted import Accepted, FormulaAnswer, MatrixAnswer, NumberAnswer, PartialAnswer
from derivgen.documents.trial_points import TrialPoints
from derivgen.evaluation import Evaluation
from derivgen.maths.functions import FUNCTIONS, Library
from derivgen.maths.numbers import NumberFormat
from derivgen.maths.plain import plain
from derivgen.present.unicode import name_text

MOST_ROUNDS, LEAST_ROUNDS = 40_000, 4_000
ALL_ROUNDS = 20_000_000
"""Up to 500 hashes, which few sheets have, each takes its full number of rounds; so many are shared by those of a larger one."""
NOBODYS = "-"
"""A word that nothing typed comes to: every number has two hashes, whether its rounded figures are accepted or not."""
LENGTH = 16
MANY = 1000
_LETTERS = str.maketrans("0123456789", "ghijklmnop")

Job = tuple[str, int, int]
"""A word, the number of its gap, and the number of its entry in a matrix (from 1; 0 for what is none)."""


def letters(data: bytes) -> str:
    """Return bytes without a digit, so that no number can stand in them by chance: a to f are themselves, g to p are 0 to 9.

    >>> letters(b"42")
    'jkji'
    """
    return data.hex().translate(_LETTERS)


def secret(data: Mapping[str, Any]) -> str:
    """Return data for the page's script, in letters."""
    return letters(json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode())


def hashed(job: Job, salt: bytes, rounds: int = MOST_ROUNDS) -> str:
    """Return the slow hash of a word, in letters."""
    word, number, part = job
    own = salt + number.to_bytes(2, "big") + part.to_bytes(2, "big")
    return letters(pbkdf2_hmac("sha256", word.encode(), own, rounds, LENGTH))


def gaps(found: Sequence[tuple[Accepted, int]], styles: Sequence[NumberFormat], salt: bytes) -> dict[str, Any]:
    """Return the gaps for the page's script, from (what is accepted, which computation it belongs to); hash them in threads."""
    jobs = [job for number, (accepted, _) in enumerate(found, 1) for job in _jobs(accepted, number)]
    rounds = max(LEAST_ROUNDS, min(MOST_ROUNDS, ALL_ROUNDS // max(1, len(jobs))))
    with ThreadPoolExecutor() as pool:
        made = dict(zip(jobs, pool.map(lambda job: hashed(job, salt, rounds), jobs), strict=True))
    listed = [{**_gap(accepted, number, made, styles[of]), "of": of} for number, (accepted, of) in enumerate(found, 1)]
    return {"salt": letters(salt), "rounds": rounds, "gaps": listed}


def _words(accepted: Accepted) -> tuple[str, ...]:
    """Return two words of a number; one of anything else that is checked."""
    if isinstance(accepted, NumberAnswer):
        return (*accepted.words, NOBODYS)[:2]
    return (accepted.word,) if isinstance(accepted, (FormulaAnswer, PartialAnswer)) else ()


def _jobs(accepted: Accepted, number: int) -> Iterator[Job]:
    if isinstance(accepted, MatrixAnswer):
        cells = [cell for row in accepted.rows for cell in row]
        yield from ((word, number, part) for part, cell in enumerate(cells, 1) for word in _words(cell))
    yield from ((word, number, 0) for word in _words(accepted))


def _gap(accepted: Accepted, number: int, made: Mapping[Job, str], style: NumberFormat) -> dict[str, Any]:
    figures = {"digits": style.digits, "rounding": style.rounding}
    if isinstance(accepted, MatrixAnswer):
        columns = len(accepted.rows[0])
        rows = [
            [sorted(made[word, number, 1 + i * columns + j] for word in _words(cell)) for j, cell in enumerate(row)]
            for i, row in enumerate(accepted.rows)
        ]
        return {"kind": "matrix", "rows": rows, **figures}
    hashes = {"hashes": sorted(made[word, number, 0] for word in _words(accepted))}
    if isinstance(accepted, NumberAnswer):
        return {"kind": "number", "worked": accepted.worked, "rounded": accepted.rounded, **figures, **hashes}
    if isinstance(accepted, FormulaAnswer):
        open_ = {"unit": accepted.unit, "shifts": accepted.shifts, "partials": accepted.partials}
        return {"kind": "formula", **open_, **hashes}
    return {"kind": "partial", **hashes} if isinstance(accepted, PartialAnswer) else {"kind": "unchecked"}


def computation(evaluation: Evaluation, places: TrialPoints) -> dict[str, Any]:
    """Return a computation's names, functions and made-up places."""
    graph = evaluation.graph
    notation = graph.spec.notation
    shorts = {short.name: (short.of, short.by) for short in notation.shorthands if not short.is_function}
    known = dict.fromkeys((*graph.quantities, *graph.aliases, *shorts, *(places.listed[0].values if places.listed else ())))
    return {
        "names": {name: _written(name, graph.index if graph.count != 1 else None) for name in known},
        "first": dict(graph.aliases),
        "shorts": shorts,
        "slopes": {short.name.partition("(")[0]: short.of for short in notation.shorthands if short.is_function},
        "vectors": {name: list(entries) for name, entries in notation.vectors.items()},
        "functions": _functions(graph.library),
        "samples": places.samples,
        "places": [_unpacked(asdict(place)) for place in places.listed],
    }


def _unpacked(place: dict[str, dict[str, tuple[float, ...]]]) -> dict[str, dict[str, Any]]:
    """Return the places, a number that is alone without its list."""
    return {
        kind: {name: values[0] if len(values) == 1 else list(values) for name, values in named.items()}
        for kind, named in place.items()
    }


def _written(name: str, index: str | None) -> list[str]:
    """Return how a name may be typed: as its author did, with its letters, with the samples' index."""
    return list(dict.fromkeys((name, name_text(name), *([] if index is None else [f"{name}_{index}", name_text(name, index)]))))


def _functions(library: Library) -> dict[str, Any]:
    """Return the functions that may be typed, by key: names and formulas; no derivatives, which are what is asked for."""
    made = {}
    for key in (*FUNCTIONS, *library.own):
        function = library[key]
        least, most = function.arity
        if not function.vector:
            value = plain(function.body) if function.body is not None else function.value
            made[key] = {"names": [*function.names], "arity": [least, most or MANY], "value": value}
            made[key] |= {"args": [*function.arguments], "optional": [list(pair) for pair in function.optional]}
    return made
