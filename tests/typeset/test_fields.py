"""Fillable worksheets: a field over each gap, named by its quantity, said in words, and read back."""

from __future__ import annotations

import subprocess
from io import BytesIO
from pathlib import Path
from shutil import which

import pikepdf
import pytest
from click.testing import CliRunner

from derivgen.cli import main
from derivgen.documents.compose import compose, style_of
from derivgen.errors import ToolError, UserError
from derivgen.spec.load import load
from derivgen.typeset.fields import Field, fields, read_fields, with_fields
from derivgen.work import evaluate
from tests.product import ROOT

GATE = (ROOT / "specs" / "notes" / "002_and_gate_numbers.yaml").read_text()
FILLABLE = GATE.replace("worksheet: {", "worksheet: {fillable: true, ")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fillable sheet and one that is not, built by the command."""
    made = tmp_path_factory.mktemp("fields")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(made)
        for name, text in (("fill", FILLABLE), ("plain", GATE)):
            (made / f"{name}.yaml").write_text(text)
        command = ["build", "fill.yaml", "plain.yaml", "--audience", "worksheet", "--audience", "key", "--jobs", "1"]
        said = CliRunner().invoke(main, command)
    assert said.exit_code == 0, said.output
    return made / "output"


@pytest.fixture(scope="module")
def sheet(folder: Path) -> bytes:
    return (folder / "fill" / "worksheet.pdf").read_bytes()


def filled(pdf: bytes, values: dict[str, str]) -> bytes:
    """The PDF as a reader saves it with these values."""
    result = BytesIO()
    with pikepdf.open(BytesIO(pdf)) as document:
        for field in document.Root.AcroForm.Fields:
            if str(field.T) in values:
                field.V = pikepdf.String(values[str(field.T)])
        document.save(result)
    return result.getvalue()


def test_every_gap_has_a_field_of_its_own_name(sheet: bytes) -> None:
    names = [each.name for each in read_fields(sheet, "sheet")]
    assert len(names) == len(set(names)) > 50
    assert [name for name in names if name.startswith("Z_3[")] == [f"Z_3[{row}]" for row in range(1, 5)]
    assert "Loss" in names and "dLoss/dW_13[1]" in names
    assert all(each.value == "" for each in read_fields(sheet, "sheet"))


def test_each_field_says_what_it_is_about_and_which_it_is(sheet: bytes) -> None:
    found = {each.name: each.words for each in read_fields(sheet, "sheet")}
    count = len(found)
    assert found["Z_3[1]"] == f"Z sub 3, gap 1 of {count}"
    assert found["dLoss/dW_13[1]"].startswith("the partial derivative of Loss with respect to W sub 1 3, gap ")


def test_fields_in_another_language_have_the_same_names(tmp_path: Path) -> None:
    spec = tmp_path / "spec.yaml"
    made = {}
    for language in ("en", "pt"):
        spec.write_text(f"language: {language}\n{FILLABLE}")
        evaluation = evaluate(load(spec))
        made[language] = fields(compose(evaluation, "worksheet"), style_of(evaluation))
    assert [each.name for each in made["pt"]] == [each.name for each in made["en"]]
    assert made["pt"][0].words.startswith("Z índice 3, lacuna 1 de ")


def test_fields_lie_over_the_gaps(sheet: bytes, folder: Path) -> None:
    """Within the page, none upon another, in reading order; the page itself is that of the sheet without fields."""
    with pikepdf.open(BytesIO(sheet)) as document, pikepdf.open(folder / "plain" / "worksheet.pdf") as plain:
        assert len(document.pages) == len(plain.pages)
        for page in document.pages:
            boxes = [[float(number) for number in each.Rect] for each in page.obj.get("/Annots", [])]
            assert boxes
            for left, low, right, high in boxes:
                assert 50 < left < right < 560 and 50 < low < high < 800 and right - left > 10 and high - low > 10
            for k, (left, low, right, high) in enumerate(boxes):
                assert all(right <= a + 1 or c <= left + 1 or high <= b + 1 or d <= low + 1 for a, b, c, d in boxes[k + 1 :])
        first = document.pages[0].obj.Annots[0]
        assert (str(first.Subtype), str(first.FT), int(first.F)) == ("/Widget", "/Tx", 4) and "/DGGap" not in first


def test_the_key_has_none_and_neither_has_a_sheet_that_asks_for_none(folder: Path) -> None:
    for name in ("fill/key.pdf", "plain/worksheet.pdf", "plain/key.pdf"):
        with pytest.raises(UserError, match="has no form fields"):
            read_fields((folder / name).read_bytes(), name)
    assert (folder / "fill/key.pdf").read_bytes() == (folder / "plain/key.pdf").read_bytes()


def test_what_is_filled_in_is_read_back_by_name(sheet: bytes, tmp_path: Path) -> None:
    values = {"Z_3[2]": "1/2", "Loss": "0,1366", "dLoss/dW_13[2]": "∂Z₃/∂W₁₃ (ção)"}
    assert {each.name: each.value for each in read_fields(filled(sheet, values), "f") if each.value} == values
    (tmp_path / "f.pdf").write_bytes(filled(sheet, values))
    said = CliRunner().invoke(main, ["fields", str(tmp_path / "f.pdf")])
    assert said.exit_code == 0 and "Loss = 0,1366\n" in said.output and "Z_3[1]: empty\n" in said.output


def test_a_file_that_was_flattened_or_printed_is_told(sheet: bytes, tmp_path: Path) -> None:
    result = BytesIO()
    with pikepdf.open(BytesIO(filled(sheet, {"Loss": "1"}))) as document:
        document.generate_appearance_streams()
        document.flatten_annotations()
        if "/AcroForm" in document.Root:
            del document.Root.AcroForm
        document.save(result)
    (tmp_path / "flat.pdf").write_bytes(result.getvalue())
    printed = tmp_path / "printed.pdf"
    if which("pdftocairo"):
        (tmp_path / "sheet.pdf").write_bytes(sheet)
        subprocess.run(["pdftocairo", "-pdf", tmp_path / "sheet.pdf", printed], check=True)
    for file in (tmp_path / "flat.pdf", *([printed] if printed.exists() else [])):
        said = CliRunner().invoke(main, ["fields", str(file), "--json"])
        assert said.exit_code == 2 and "flattened or printed" in said.stderr
    (tmp_path / "no.pdf").write_text("nothing")
    assert "cannot be read as a PDF" in CliRunner().invoke(main, ["fields", str(tmp_path / "no.pdf")]).stderr


def test_fields_that_do_not_fit_the_gaps_are_refused_and_the_same_bytes_come_out(folder: Path) -> None:
    pdf = (folder / "plain" / "worksheet.pdf").read_bytes()
    with pytest.raises(ToolError, match="0 gaps were found in the PDF, and there are 1"):
        with_fields(pdf, [Field("a", "a")], "worksheet.pdf")
    assert with_fields(pdf, [], "w") == with_fields(pdf, [], "w")
