"""No worksheet of a class tells its answers, nor does the file for the printer."""

from __future__ import annotations

from pathlib import Path

from derivgen.classes.assignments import read_assignments
from derivgen.derivation.derive import derive
from derivgen.graph import build
from derivgen.spec.load import load
from derivgen.variants.records import variant
from tests.cli.conftest import Said, Shell
from tests.product import Pdf
from tests.test_no_answers import Answers, answers


def of_each(shell: Shell) -> dict[str, Answers]:
    """What each student's worksheet must not say."""
    derivation = derive(build(load(str(shell.folder / "exam.yaml"))))
    text = (shell.folder / "out/records.jsonl").read_text(encoding="utf-8")
    return {
        assignment.id: answers(variant(derivation, assignment.record)) for assignment in read_assignments(text, "records.jsonl")
    }


def pdf(path: Path) -> Pdf:
    return Pdf(path.read_bytes())


def test_no_worksheet_tells_its_answers(made: tuple[Shell, Said]) -> None:
    shell, _ = made
    found = of_each(shell)
    assert len(found) == 4
    assert all(len(each.numbers) >= 2 for each in found.values())
    for id_, each in found.items():
        assert each.within_pdf(pdf(shell.folder / f"out/worksheets/{id_}_worksheet.pdf")) == []
        assert each.within_pdf(pdf(shell.folder / f"out/keys/{id_}_key.pdf")), "the search finds nothing on the key either"


def test_the_printer_s_file_tells_no_answers(made: tuple[Shell, Said]) -> None:
    shell, _ = made
    whole, found = pdf(shell.folder / "out/print.pdf"), of_each(shell)
    for id_, each in found.items():
        pages = tuple(page for page in whole.pages if f"({id_})" in page or id_ in page.split("\n")[0])
        assert pages
        text = "\n".join(pages)
        assert not [number for number in each.numbers if len(number) > 4 and number in text]
    assert not [
        number for each in of_each(shell).values() for number in each.numbers if len(number) > 4 and number in whole.strings
    ]
