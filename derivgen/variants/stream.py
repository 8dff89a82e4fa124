"""Random numbers that depend on a seed, a spec's meaning and a student alone: SHAKE-256 of the three and of the attempt.

No generator of a library stands behind them, whose numbers could change with its version; no state, so that every attempt can
be asked for by itself. The numbers of two students, or of two attempts, have nothing to do with each other.
"""

from __future__ import annotations

import json
from hashlib import sha256, shake_256

from derivgen.maths.plain import plain
from derivgen.spec.model import Draw, Spec, Value

VERSION = 1
"""Goes up when the same seed would draw other numbers."""
WORD = 8


def spec_hash(spec: Spec) -> str:
    """What the numbers of a variant mean: equations, functions, kinks, given numbers and draws; no words, no looks, no remarks.

    The title may be mended when the sheets are out; another equation makes another exercise.
    """
    rows = spec.data.rows if spec.data is not None else None
    drawn = _drawn(spec)
    columns = spec.data.columns if spec.data is not None else ()
    told = {
        **_core(spec),
        "kinks": {name: _taken(kink) for name, kink in sorted(spec.kinks.items())},
        "given": {name: number for name, number in sorted(_numbers(spec).items()) if name not in drawn},
        "rows": [[_text(value) for name, value in zip(columns, row, strict=True) if name not in drawn] for row in rows or ()],
    }
    return _digest(told)


def _taken(kink: tuple[Value, ...] | str) -> str:
    """A convention at a kink as text: the slopes, or how ties are settled."""
    return kink if isinstance(kink, str) else ", ".join(str(value.value) for value in kink)


def _core(spec: Spec) -> dict[str, object]:
    """What the numbers that are drawn depend on: a condition, or a given number, may change and leave them as they are."""
    decompose = spec.decompose
    return {
        "equations": [[list(equation.names), plain(equation.body)] for equation in spec.equations],
        "loss": spec.loss,
        "functions": {name: [list(f.arguments), plain(f.body)] for name, f in sorted(spec.functions.items())},
        "decompose": [decompose.grouping] if decompose is not None else None,
        "columns": list(spec.data.columns) if spec.data is not None else [],
        "samples": samples_of(spec),
        "draws": [_told(draw) for draw in draws_of(spec)],
    }


def _told(draw: Draw) -> list[object]:
    return [list(draw.names), [_text(number) for number in draw.numbers], draw.distinct]


def _numbers(spec: Spec) -> dict[str, str]:
    return {name: _text(value) for name, value in (*spec.constants.items(), *spec.values.items())}


def _text(value: Value) -> str:
    return str(value.value)


def _drawn(spec: Spec) -> dict[str, None]:
    return dict.fromkeys(name for draw in draws_of(spec) for name in draw.names)


def draws_of(spec: Spec) -> tuple[Draw, ...]:
    """What is drawn, or nothing."""
    return spec.random.draws if spec.random is not None else ()


def samples_of(spec: Spec) -> int:
    """How many samples the spec lists; 0 without any."""
    return len(spec.data.rows) if spec.data is not None and spec.data.rows is not None else 0


def _digest(told: object) -> str:
    text = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()[:32]


class Stream:
    """The draws of one seed: for each student and attempt one word (64 bits) for each number that is drawn."""

    def __init__(self, spec: Spec, seed: str, words: int):
        self._size = words * WORD
        self._start = shake_256(f"derivgen variant {VERSION}\0{_digest(_core(spec))}\0{seed}\0".encode())

    def attempts(self, student: str, first: int, count: int) -> bytes:
        """The words of some attempts of a student, one after another, each with its little end first."""
        start = self._start.copy()
        start.update(f"{len(student.encode())}\0{student}\0".encode())
        return b"".join(self._attempt(start.copy(), number) for number in range(first, first + count))

    def _attempt(self, state, number: int) -> bytes:
        state.update(str(number).encode())
        return state.digest(self._size)
