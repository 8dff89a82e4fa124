"""Variants as text, on one core: drawn beforehand, then verified, and the LaTeX of worksheet and key written for each.

The cost of one must not grow with their number; the rival derives each variant anew in SymPy.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Sequence

from benchmarks.measuring import ROOT, Row, at_least, at_most
from benchmarks.rederived import rederived
from derivgen.classes.job import derivation_of, serialize
from derivgen.classes.preparation import layout_of, templates_of
from derivgen.classes.sheet_template import SheetTemplates
from derivgen.documents.compose import style_of
from derivgen.maths.numerals import read_number
from derivgen.rendering.latex import render_parts, render_personalized
from derivgen.spec.load import load
from derivgen.variants.records import Record, variant
from derivgen.variants.search import draw
from derivgen.variants.verifying import AT_A_TIME, Verifier

TITLE = "Variants of the AND gate as text (verified; worksheet and key of each in LaTeX), one core"
SPEC = ROOT / "specs" / "class" / "and_gate.yaml"
COUNTS = (10, 100, 1_000, 10_000)
LEAST, GROWTH, RIVALS = 2_000, 1.5, 3


class Writer:
    """Writes the sheets of variants of one spec."""

    def __init__(self) -> None:
        self.pack = serialize(load(str(SPEC)))
        self.derivation = derivation_of(self.pack)
        templates = templates_of(self.pack)
        assert isinstance(templates, SheetTemplates), templates
        self.templates, self.verifier, self.alike = templates, Verifier(self.derivation), layout_of(self.pack)
        self.long_way = 0

    def records(self, count: int) -> list[Record]:
        """The records of so many students."""
        return [draw(self.derivation.graph.spec, "benchmark", str(number)) for number in range(count)]

    def written(self, records: Sequence[Record]) -> int:
        """How many characters the sheets have; every variant verified, those without room in the template composed."""
        size = 0
        for start in range(0, len(records), AT_A_TIME):
            share = records[start : start + AT_A_TIME]
            verified, board = self.verifier.chunk(share)
            assert not any(each.failure for each in verified)
            for record, texts in zip(share, self.templates.fill(verified, board), strict=True):
                for audience, text in texts.items():
                    size += len(text.text) if text is not None else self._long_way(record, audience)
        return size

    def _long_way(self, record: Record, audience: str) -> int:
        self.long_way += 1
        evaluation = variant(self.derivation, record)
        return len(render_parts(self.alike.compose(evaluation, audience), style_of(evaluation)).body)

    def whole(self, records: Sequence[Record]) -> int:
        """The same as whole documents, each with its preamble, title and fields."""
        size = 0
        verified, board = self.verifier.chunk(records)
        for texts in self.templates.fill(verified, board):
            for audience, text in texts.items():
                if text is not None:
                    form = self.templates.by_audience[audience]
                    size += len(render_personalized(form.document, text, form.style).whole)
        return size


def rows() -> list[Row]:
    """Rates and growth."""
    writer = Writer()
    records = writer.records(max(COUNTS))
    writer.written(records[:50])
    writer.long_way = 0
    costs = {count: _best(lambda count=count: writer.written(records[:count])) / count for count in COUNTS}  # type: ignore[misc]
    largest = max(COUNTS)
    rival = _seconds(lambda: [rederived(numbers_of(record)) for record in records[:RIVALS]]) / RIVALS
    whole = _best(lambda: writer.whole(records[:1_000])) / 1_000
    found = [
        at_least(f"variants a second, {largest:,} of them", 1 / costs[largest], LEAST),
        Row("as whole documents, preamble included", f"{1 / whole:.0f}"),
        Row("sheets by the long way, of 1,000 (no room in the template)", f"{500 * writer.long_way / _counted():.1f}"),
        at_most(f"cost of one: {largest:,} in times of 1,000", costs[largest] / costs[1_000], GROWTH),
        *(Row(f"cost of one: {count} in times of 1,000", f"{costs[count] / costs[1_000]:.2f}") for count in COUNTS[:2]),
        Row("SymPy anew for each variant, in times of ours", f"{rival / costs[largest]:.0f}"),
    ]
    return found


def _counted() -> int:
    """How many variants `rows` has written, in thousandths of those by the long way."""
    return sum(COUNTS) * ROUNDS


def numbers_of(record: Record):
    return {name: read_number(text) for name, text in record.values.items()}


ROUNDS = 2


def _best(work) -> float:
    return min(_seconds(work) for _ in range(ROUNDS))


def _seconds(work) -> float:
    """Seconds of this process's own time."""
    gc.collect()
    start = time.process_time()
    work()
    return time.process_time() - start
