"""Every spec's pages set by Typst: they can be read aloud, worksheet and key break alike, a worksheet holds no answers."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest

from derivgen.cli.checking import evaluated
from derivgen.documents.compose import compose, style_of
from derivgen.typeset.accessibility import faults, faults_of
from tests.product import AUDIENCES, SPECS, Pdf, by_typst
from tests.test_no_answers import answers

GAP = re.compile(r"\b(?:gap|lacuna) \d+ (?:of|de) \d+")


def boxes(pdf: bytes, kind: str) -> list[tuple[str, tuple[float, ...]]]:
    """The alternative text of each formula (or drawing) in reading order, and the box around it."""
    found: list[tuple[str, tuple[float, ...]]] = []

    def walk(element: pikepdf.Object) -> None:
        below = element.get("/K", [])
        for child in below if isinstance(below, pikepdf.Array) else [below]:
            if isinstance(child, pikepdf.Dictionary) and "/S" in child:
                if f"/{kind}" == child.S:
                    attributes = child.get("/A", [])
                    each = list(attributes) if isinstance(attributes, pikepdf.Array) else [attributes]
                    box = next((tuple(float(x) for x in own.BBox) for own in each if "/BBox" in own), ())
                    found.append((str(child.Alt), box))
                walk(child)

    with pikepdf.open(BytesIO(pdf)) as document:
        walk(document.Root.StructTreeRoot)
    return found


def stands_in(answer: tuple[float, ...], gap: tuple[float, ...]) -> bool:
    """Whether what fills a gap is within it, at its height: no more than a point away."""
    middle, other = (low + high for _, low, _, high in (answer, gap))
    return abs(middle - other) < 2 and gap[0] - 1 < answer[0] and answer[2] < gap[2] + 1


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.stem)
def test_every_page_of_typst(spec: Path, tmp_path: Path) -> None:
    evaluation = evaluated(spec)
    style = style_of(evaluation)
    pdfs = {audience: by_typst(compose(evaluation, audience), style) for audience in AUDIENCES}
    for audience, pdf in pdfs.items():
        file = tmp_path / f"{audience}.pdf"
        file.write_bytes(pdf)
        assert faults_of(file) == ()
    worksheet, key = (boxes(pdfs[audience], "Formula") for audience in ("worksheet", "key"))
    assert len(worksheet) == len(key) > 5
    gaps = [(gap, answer) for (said, gap), (_, answer) in zip(worksheet, key, strict=True) if GAP.search(said)]
    assert len(gaps) > 1
    for gap, answer in gaps:
        assert stands_in(answer, gap), f"a formula at {gap} of the worksheet is at {answer} on the key"
    assert answers(evaluation).within_pdf(Pdf(pdfs["worksheet"])) == []
    assert len(Pdf(pdfs["worksheet"]).pages) == len(Pdf(pdfs["key"]).pages)


def test_gaps_are_announced_by_their_number() -> None:
    evaluation = evaluated(next(spec for spec in SPECS if spec.stem == "one_neuron"))
    said = " ".join(words for words, _ in boxes(by_typst(compose(evaluation, "worksheet"), style_of(evaluation)), "Formula"))
    count = said.count("gap ")
    assert count > 3
    assert [f"gap {number} of {count}" in said for number in range(1, count + 1)] == [True] * count


def test_planted_faults_are_found() -> None:
    evaluation = evaluated(next(spec for spec in SPECS if spec.stem == "logistic"))
    right = by_typst(compose(evaluation, "worksheet"), style_of(evaluation))
    assert faults(right) == ()

    def planted(change) -> tuple[str, ...]:
        made = BytesIO()
        with pikepdf.open(BytesIO(right)) as document:
            change(document)
            document.save(made)
        return faults(made.getvalue())

    def elements(document: pikepdf.Pdf, kind: str) -> list[pikepdf.Object]:
        return [item for item in document.objects if isinstance(item, pikepdf.Dictionary) and item.get("/S") == f"/{kind}"]

    def silent(kind: str):
        def change(document: pikepdf.Pdf) -> None:
            del elements(document, kind)[0]["/Alt"]

        return change

    def renamed(kind: str, other: str):
        def change(document: pikepdf.Pdf) -> None:
            for element in elements(document, kind):
                element.S = pikepdf.Name(f"/{other}")

        return change

    def emptied(document: pikepdf.Pdf) -> None:
        elements(document, "Formula")[0].K = pikepdf.Array()

    def untitled(document: pikepdf.Pdf) -> None:
        del document.docinfo["/Title"]
        with document.open_metadata() as known:
            del known["dc:title"]

    def painted(document: pikepdf.Pdf) -> None:
        document.pages[0].contents_add(b" 0 0 9 9 re f ")

    def without(*names: str):
        def change(document: pikepdf.Pdf) -> None:
            for name in names:
                del document.Root[name]

        return change

    formulas, drawings = (len(boxes(right, kind)) for kind in ("Formula", "Figure"))
    expected = {
        f"1 of {formulas} formulas has no alternative text": silent("Formula"),
        f"1 of {drawings} drawing{'s' * (drawings > 1)} has no alternative text": silent("Figure"),
        f"1 of {formulas} formulas has nothing on the page": emptied,
        "a table has no cell that is a head": renamed("TH", "TD"),
        "it has no title": untitled,
        "it does not say its language": without("/Lang"),
        "page 1 has content that is neither tagged nor marked as decoration": painted,
        "it has no tags: a screen reader can only guess what is a heading, a table or a formula": without("/MarkInfo"),
        "it does not ask to be shown by its title": without("/ViewerPreferences"),
    }
    for fault, change in expected.items():
        assert fault in planted(change)
    assert any("skip a level" in fault for fault in planted(renamed("H1", "H3")))
