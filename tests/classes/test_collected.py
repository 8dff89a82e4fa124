"""The files about the whole class: in bundles, in the roster's order, the same however the sheets came; pages set early."""

from __future__ import annotations

import csv
from io import BytesIO, StringIO
from pathlib import Path

import pikepdf
import pytest

from derivgen.classes import collected as ahead_
from derivgen.classes.assignments import numbered
from derivgen.classes.collected import PrefetchingTypesetter
from derivgen.classes.executors import ProcessExecutor, SerialExecutor
from derivgen.classes.ledger import Ledger
from derivgen.classes.run import Result, plan_class, run_class
from derivgen.classes.store import Store, store_of
from derivgen.spec.load import loads
from derivgen.typeset.pdf_pages import Pages
from tests.classes.conftest import SPEC, drawn
from tests.product import Pdf

COUNT, BUNDLE = 7, 3
PAGE = r"\documentclass{article}\usepackage[T1]{fontenc}\usepackage{lmodern}\begin{document}%s\end{document}"


def titles(pdf: bytes) -> list[str]:
    """The bookmarks."""
    with pikepdf.open(BytesIO(pdf)) as document, document.open_outline() as outline:
        return [str(entry.title) for entry in outline.root]


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, Result]:
    """A class of seven in bundles of three, made by two processes in shares of two."""
    store = store_of(str(tmp_path_factory.mktemp("bundles")))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("derivgen.classes.collected.MOST_BOUND", BUNDLE)
        patch.setattr("derivgen.classes.run.LEAST", 2)
        plan = plan_class(loads(SPEC), drawn(SPEC, numbered(COUNT)), ("worksheet", "key"), ("pdf",), None)
        return store, run_class(plan, Ledger.opened(store), ProcessExecutor(2))


def test_a_large_class_has_several_files_for_the_printer(bundles: tuple[Store, Result]) -> None:
    store, result = bundles
    names = [f"{kind}_{number}.pdf" for number in (1, 2, 3) for kind in ("print", "keys", "grading")]
    assert result.files == ["answers.csv", "grading.csv", *names]
    assert [titles(store.read(f"print_{number}.pdf") or b"") for number in (1, 2, 3)] == [
        [f"Student {student}" for student in share] for share in ((1, 2, 3), (4, 5, 6), (7,))
    ]
    assert titles(store.read("keys_2.pdf") or b"") == ["Index", "Student 4", "Student 5", "Student 6"]
    rows = list(csv.DictReader(StringIO((store.read("answers.csv") or b"").decode("utf-8-sig"))))
    assert [row["id"] for row in rows] == [str(student) for student in range(1, COUNT + 1)]


def test_each_bundle_has_its_own_index_and_marks(bundles: tuple[Store, Result]) -> None:
    store, _ = bundles
    pages = Pdf(store.read("keys_2.pdf") or b"").pages
    told = {line.split()[0]: int(line.split()[-1]) for line in pages[0].splitlines() if line[:1].isdigit() and " " in line}
    assert list(told) == ["4", "5", "6"]
    for student, page in told.items():
        assert f"Student {student}" in pages[page - 1]
        assert "Forward pass" in pages[page - 1]
    marks = "".join(Pdf(store.read("grading_3.pdf") or b"").pages)
    assert "\n7" in marks
    assert "\n6" not in marks


def test_the_same_files_from_one_process(bundles: tuple[Store, Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whose pages come from other runs of TeX, and before which nothing is set."""
    monkeypatch.setattr("derivgen.classes.collected.MOST_BOUND", BUNDLE)
    store, _ = bundles
    plan = plan_class(loads(SPEC), drawn(SPEC, numbered(COUNT)), ("worksheet", "key"), ("pdf",), None)
    alone = store_of(str(tmp_path))
    result = run_class(plan, Ledger.opened(alone), SerialExecutor())
    assert result.made == COUNT
    again = run_class(plan, Ledger.opened(alone), SerialExecutor())
    assert (again.made, again.before, again.files) == (0, COUNT, result.files)
    for name in result.files:
        assert alone.read(name) == store.read(name), name


def test_what_was_expected_is_set_once(monkeypatch: pytest.MonkeyPatch) -> None:
    real, asked = ahead_.typeset_file, []
    monkeypatch.setattr(
        ahead_, "typeset_file", lambda main, texts, engine: asked.append(texts[main]) or real(main, texts, engine)
    )
    prefetching = PrefetchingTypesetter(None, idle=True)
    prefetching.expect(PAGE % "expected")
    assert "expected" in Pdf(prefetching.pdf(PAGE % "expected")).pages[0]
    assert "another" in Pdf(prefetching.pdf(PAGE % "another")).pages[0]
    assert asked == [PAGE % "expected", PAGE % "another"]
    prefetching.close()
    busy = PrefetchingTypesetter(None, idle=False)
    busy.expect(PAGE % "expected")
    assert len(asked) == 2
    busy.close()


def test_where_a_sheet_s_pages_lie_does_not_change_the_file(bundles: tuple[Store, Result]) -> None:
    from derivgen.typeset.pdf_pages import Binder, all_pages

    store, _ = bundles
    sheets = [store.read(f"worksheets/{number}_worksheet.pdf") or b"" for number in (1, 2, 3)]
    several, own = Binder(duplex=True), Binder(duplex=True)
    for number, sheet in enumerate(sheets):
        own.add(str(number), all_pages(sheet))
        at = Pages(store.read("print_1.pdf") or b"", 2 * number, 2 * number + all_pages(sheet).count)
        several.add(str(number), at)
    assert several.bind() == own.bind()
