"""Every spec of specs/, built as a user builds it: verified, typeset, whole, the same twice, worksheet and key alike."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from derivgen.documents.document import Task
from derivgen.machine import wanted
from tests.product import ARRAY_SPECS, AUDIENCES, FILES, ROOT, SPECS, Sheets, build, every_block, words

GAPS = (r"\dggap", r"\dgcell{")
FILLED = (r"\dgfill", r"\dgcellfill", r"\dgboxed")


def test_there_are_specs() -> None:
    assert len(SPECS) >= 18
    assert len({spec.stem for spec in SPECS}) == len(SPECS), "two specs of a name would be written to one folder"
    assert {spec.parent.name for spec in SPECS} >= {"notes", "small"}


def test_every_check_holds(sheets: Sheets) -> None:
    evaluation, report = sheets.believed
    assert report.failed == 0
    assert report.equalities > 10
    assert report.unchecked_lines == ()
    assert report.unchecked_gradients == ()
    seconds = [f"{second.first} and {second.by}" for second in evaluation.graph.spec.second]
    assert sorted(check.name for check in report.gradients) == sorted([*wanted(evaluation), *seconds])
    assert len(report.gradients) >= 1


def test_every_file_is_there(sheets: Sheets) -> None:
    for folder in (sheets.first, sheets.second):
        assert sorted(path.name for path in folder.iterdir()) == list(FILES)


def test_the_same_bytes_twice(sheets: Sheets) -> None:
    """Another folder, another seed of Python's hashes, another process: not a byte differs."""
    for name in FILES:
        same = (sheets.first / name).read_bytes() == (sheets.second / name).read_bytes()
        assert same, name  # not compared by the assertion itself, which would take minutes to say where they differ


def test_the_same_bytes_with_the_format_that_is_kept(tmp_path: Path) -> None:
    """By the engine that comes along: the first run may dump the format, the second takes the kept one."""
    for folder in ("one", "another"):
        said, complaint = build(tmp_path / folder, ROOT / "specs/small/one_neuron.yaml", hash_seed=str(len(folder))).communicate(
            timeout=1200
        )
        assert said and not complaint
    for name in FILES:
        assert (tmp_path / "one/one_neuron" / name).read_bytes() == (tmp_path / "another/one_neuron" / name).read_bytes(), name


def test_the_engine_has_nothing_to_complain_of(sheets: Sheets) -> None:
    for audience in AUDIENCES:
        log = sheets.log(audience)
        assert "This is" in log, "that is no log"
        complaints = [
            line
            for line in log.splitlines()
            if re.match(r"Overfull|Underfull|LaTeX (Font )?Warning|Package .* Warning|Missing character", line)
        ]
        assert complaints == [], audience


def test_pages_have_text_and_no_stray_marks(sheets: Sheets) -> None:
    for audience in AUDIENCES:
        pages = sheets.pdf(audience).pages
        assert 1 <= len(pages) <= (20 if audience == "notes" else 12)
        for number, page in enumerate(pages, 1):
            assert page.split()[-1] == str(number)
            assert len(page.split()) > 8, f"page {number} of {audience} is all but empty"
            assert "??" not in page
            assert "None" not in page
        title = sheets.believed[0].graph.spec.title
        assert "".join(title.split())[:12] in "".join(pages[0].split())


FOOT, HEAD = 55.0, 780.0  # points from the lower edge: the page's number stands below, the running head above
LEAST_FULL = 0.1


def test_no_last_page_is_almost_empty(sheets: Sheets) -> None:
    """Where there are several pages the last one holds more than a line or two, and is not just the table of all gradients."""
    for audience in AUDIENCES:
        pdf = sheets.pdf(audience)
        last = len(pdf.pages) - 1
        heights = [y for page, _, y, _ in pdf.pieces if page == last and FOOT < y < HEAD]
        assert heights
        filled = (HEAD - min(heights)) / (HEAD - FOOT)
        assert last == 0 or filled >= LEAST_FULL, f"the last page of {audience} is {filled:.0%} full"
        head = sheets.document(audience)
        opening = "".join(pdf.pages[last].split()).removeprefix("".join(f"{head.course}{head.title}{head.kind}".split()))
        assert last == 0 or not opening.startswith("Allgradients∂"), "a table of what is said before, alone"


MOST_PAGES = {"mazur": {"worksheet": 2, "notes": 4}, "002_and_gate_numbers": {"notes": 4}, "lstm_step": {"notes": 3}}


def test_notes_are_short(built: Mapping[Path, Sheets]) -> None:
    """Networks of textbooks, with numbers, every parameter's chain and result."""
    known = {spec.stem: found for spec, found in built.items()}
    assert {"mazur", "002_and_gate_numbers"} <= known.keys()
    for name, most in MOST_PAGES.items():
        for audience, pages in most.items() if name in known else ():
            assert len(known[name].pdf(audience).pages) <= pages, (name, audience)


def test_worksheet_and_key_are_the_same_sheet(sheets: Sheets) -> None:
    """As many pages, each task's heading at its place, each gap of the worksheet where the key has its answer."""
    worksheet, key = sheets.pdf("worksheet"), sheets.pdf("key")
    assert len(worksheet.pages) == len(key.pages)
    titles = [words(block.title) for block in every_block(sheets.document("worksheet").blocks) if isinstance(block, Task)]
    assert len(titles) >= 2
    for number, title in enumerate(titles, 1):
        ours, theirs = (
            [piece[:3] for piece in pdf.pieces if piece[3].startswith(f"{number} {title}")] for pdf in (worksheet, key)
        )
        assert len(ours) == len(theirs) == 1, f"task {number} stands once on each"
        assert at_one_place(ours[0], theirs[0]), f"task {number}: {ours[0]}, on the key {theirs[0]}"
    assert len(worksheet.boxes) >= 2
    assert len(worksheet.boxes) == len(key.boxes)
    for gap, answer in zip(worksheet.boxes, key.boxes, strict=True):
        assert at_one_place(gap, answer), f"the gap at {gap}, on the key at {answer}"


def at_one_place(one: tuple[int, float, float], other: tuple[int, float, float]) -> bool:
    """On the same page, not a point apart."""
    return one[0] == other[0] and abs(one[1] - other[1]) < 1 and abs(one[2] - other[2]) < 1


def test_only_the_key_is_filled_in(sheets: Sheets) -> None:
    worksheet, key, notes = (sheets.tex(audience).split(r"\begin{document}")[1] for audience in AUDIENCES)
    assert sum(worksheet.count(gap) for gap in GAPS) == sum(key.count(mark) for mark in FILLED) > 1
    assert not any(mark in worksheet for mark in FILLED)
    assert not any(gap in key for gap in GAPS)
    assert not any(mark in notes for mark in (*GAPS, r"\dgfill", r"\dgcellfill"))


def test_nothing_says_where_it_was_made(sheets: Sheets) -> None:
    for name in FILES:
        data = (sheets.second / name).read_bytes()
        for trace in (str(sheets.second.parent), str(ROOT), str(sheets.spec.parent)):
            assert trace.encode() not in data, name


def test_every_spec_has_a_name_of_its_own() -> None:
    """`make demo` builds all of specs/ into one folder: two of a name would be written to one place."""
    names = [path.stem for path in (*SPECS, *ARRAY_SPECS)]
    assert len(names) >= 60
    assert [name for name in dict.fromkeys(names) if names.count(name) > 1] == []
