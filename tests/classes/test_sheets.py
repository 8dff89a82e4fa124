"""Several students' sheets at once: other formats, wrong variants, one whose document fails."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace

import pytest

from derivgen import __version__
from derivgen.classes.assignments import Assignment, numbered
from derivgen.classes.job import Job, safe_name, serialize
from derivgen.classes.sheets import make_sheets, verifier_of
from derivgen.documents.document import Document
from derivgen.errors import ToolError
from derivgen.maths.style import Style
from derivgen.rendering.latex import Parts, render_parts
from derivgen.spec.load import loads
from derivgen.variants.batch import BatchEvaluation
from derivgen.variants.records import Record
from derivgen.variants.roster import Student
from derivgen.variants.verifying import Verified, Verifier
from tests.classes.conftest import SPEC, drawn

CLASS = (Student("17", 'Ana "Nina" <b>', "A"), Student("9", "דוד לוי"), Student("ñ 1", "Łoś"))


def job(*formats: str, audiences: tuple[str, ...] = ("worksheet", "key")) -> Job:
    return Job(serialize(loads(SPEC)), audiences, formats, None, __version__)


@pytest.fixture(scope="module")
def assignments() -> tuple[Assignment, ...]:
    return drawn(SPEC, CLASS)


def test_pages_for_the_browser_say_whose_they_are_in_any_alphabet(assignments: tuple[Assignment, ...]) -> None:
    made = make_sheets(job("html"), serialize(assignments))
    files = {name: content.decode() for each in made for name, content in each.files.items()}
    assert list(files) == [f"{a}s/{n}_{a}.html" for n in ("17", "9", "%C3%B1%201") for a in ("worksheet", "key")]
    assert "דוד לוי (9)" in files["worksheets/9_worksheet.html"]
    assert "Ana &quot;Nina&quot; &lt;b&gt; (17), group A" in files["worksheets/17_worksheet.html"]
    assert assignments[0].code in files["keys/17_key.html"]


def test_tex_of_one_student(assignments: tuple[Assignment, ...]) -> None:
    (made,) = make_sheets(job("tex", audiences=("notes",)), serialize(assignments[1:2]))
    text = made.files["notes/9_notes.tex"].decode()
    assert "Student 9" in text
    assert "דוד" not in text


def test_a_sheet_that_tex_refuses_is_named_with_its_task(
    assignments: tuple[Assignment, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    def spoilt(document: Document, style: Style) -> Parts:
        parts = render_parts(document, style)
        if "Student 9" in parts.head and document.audience == "key":
            return replace(parts, body=parts.body.replace("% Task 2\n", "% Task 2\n\\nosuchcommand\n"))
        return parts

    monkeypatch.setattr("derivgen.classes.sheets.render_parts", spoilt)
    made = make_sheets(job("pdf"), serialize(assignments))
    assert [(each.id, len(each.files), len(each.failures)) for each in made] == [("17", 2, 0), ("9", 0, 1), ("ñ 1", 2, 0)]
    assert made[1].failures[0].message.startswith("9 (דוד לוי), key, task 2: Undefined control sequence")


def test_a_variant_that_is_wrong_is_refused(assignments: tuple[Assignment, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    chunk = Verifier.chunk

    def doubting(self: Verifier, records: Sequence[Record]) -> tuple[list[Verified], BatchEvaluation]:
        found, board = chunk(self, records)
        return [replace(each, failure="wrong" if each.record.student == "9" else "") for each in found], board

    monkeypatch.setattr(Verifier, "chunk", doubting)
    made = make_sheets(job("html"), serialize(assignments))
    assert [bool(each.files) for each in made] == [True, False, True]
    assert made[1].failures[0].message == "9 (דוד לוי): this variant is refused: wrong"


def test_a_wrong_rule_is_caught_on_the_first_variant(monkeypatch: pytest.MonkeyPatch) -> None:
    """The chain's derivative of sig, doubled: no sheet is made."""
    from derivgen.classes.job import derivation_of

    right = derivation_of

    def wrong(spec_bytes: bytes):
        from derivgen.maths.tree import Product, number

        derivation = right(spec_bytes)
        key = ("a", "z")
        local = derivation.locals[key]
        spoilt = replace(local, derivative=Product((number(2), local.derivative)))
        return replace(derivation, locals={**derivation.locals, key: spoilt})

    for module in ("derivgen.classes.sheets", "derivgen.classes.preparation"):
        monkeypatch.setattr(sys.modules[module], "derivation_of", wrong)
    verifier_of.cache_clear()
    try:
        made = make_sheets(job("html"), serialize(drawn(SPEC, numbered(1))))
    finally:
        verifier_of.cache_clear()
    assert [bool(each.failures) for each in made] == [True]
    assert made[0].failures[0].message.startswith("1: this variant is refused: ")


def test_student_17_gets_the_same_bytes_alone_and_among_thirty() -> None:
    """Many are filled in from a form and set in one run; one alone is composed and set by itself."""
    among, alone = (
        make_sheets(job("pdf"), serialize(drawn(SPEC, numbered(30)[start:end]))) for start, end in ((0, 30), (16, 17))
    )
    assert not [problem for made in (*among, *alone) for problem in made.failures]
    assert alone[0].id == among[16].id == "17"
    assert replace(alone[0], within={}) == replace(among[16], within={})


def test_a_run_of_tex_that_comes_to_no_sheet_fails_them_all(
    assignments: tuple[Assignment, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ToolError("the engine is gone")

    monkeypatch.setattr("derivgen.classes.sheets.typesetter_of", broken)
    made = make_sheets(job("pdf", audiences=("key",)), serialize(assignments))
    assert [each.failures[0].message for each in made][1:] == [
        "9 (דוד לוי), key: the engine is gone",
        "ñ 1 (Łoś), key: the engine is gone",
    ]


def test_another_version_on_a_worker_is_told(assignments: tuple[Assignment, ...]) -> None:
    with pytest.raises(ToolError, match="a worker has derivgen"):
        make_sheets(replace(job("pdf"), version="0.0.0"), serialize(assignments))


NAMES = ("17", "a b", "a/b", "..", "a%2Fb", "é", "CON", "a" * 40, "é" * 40, "é" * 39 + "e", "a~b", "x@y.z")


def test_names_of_files_are_safe_and_all_different() -> None:
    names = [safe_name(name) for name in NAMES]
    assert len(set(names)) == len(NAMES)
    for name in names:
        assert name.isascii()
        assert not set(name) & set('/\\:*?"<>| ')
        assert len(name) <= 120
