"""Real documents through the real engine: the text, the same bytes, the errors, the limits."""

import re
import time
from io import BytesIO

import pikepdf
import pytest
from pypdf import PdfReader

from derivgen.errors import ToolError
from derivgen.typeset.pdf import TooBusyError, limits_for, typeset
from derivgen.typeset.sandbox import Limits
from tests.typeset.conftest import is_alive


def text_of(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)


def test_a_document_becomes_its_pages(document):
    pdf = typeset(document(r"Backpropagation by hand, caf\'e ü. \newpage $24 \cdot (-1) = -24$"))
    assert pdf.startswith(b"%PDF-")
    assert len(PdfReader(BytesIO(pdf)).pages) == 2
    assert "Backpropagation by hand, café ü." in text_of(pdf)
    assert "24" in text_of(pdf)


def test_the_same_document_gives_the_same_bytes_in_any_folder_at_any_time(document, tmp_path, monkeypatch):
    tex = document(r"One. \today")
    first = typeset(tex)
    time.sleep(1.1)  # identifiers made from the clock change once a second
    deep = tmp_path / "a much longer way, {$HOME; é" / "to go"
    deep.mkdir(parents=True)
    monkeypatch.chdir(deep)
    monkeypatch.setattr("tempfile.tempdir", str(deep))
    assert typeset(tex) == first
    assert list(deep.iterdir()) == []


def test_no_date_and_no_path_is_in_the_pdf(document):
    reader = PdfReader(BytesIO(typeset(document("One."))))
    assert set(reader.metadata or {}) == {"/Producer"}
    assert reader.metadata["/Producer"].startswith("pdfTeX")


def test_an_error_is_told_with_its_line(document):
    with pytest.raises(ToolError) as caught:
        typeset(document("Good.\nNot \\nonsense{3} at all."), name="key.tex")
    assert str(caught.value).split("\n") == [
        "key.tex:6:5: Undefined control sequence.",
        "  Not \\nonsense{3} at all.",
        "      ^^^^^^^^^",
    ]
    assert caught.value.exit_code == 3


@pytest.mark.parametrize(
    ("body", "message", "hint"),
    [
        (r"\[ x = { \]", "document.tex:5:10: LaTeX Error: Bad math environment delimiter.", ""),
        ("☃", "LaTeX Error: Unicode character ☃ (U+2603) not set up for use with LaTeX.", ""),
        (r"\input{booktabs.sty}", "File `booktabs.sty' not found", "does not carry booktabs.sty"),
        (r"\font\x=cmr17 \x a", "cannot open Type 1 font file", r"\usepackage{lmodern}"),
        (r"\endinput", "Emergency stop", r"before \end{document}"),
        ("", "wrote no PDF", "no pages"),
    ],
)
def test_errors_in_plain_words(document, body, message, hint):
    with pytest.raises(ToolError) as caught:
        typeset(document(body))
    assert message in str(caught.value)
    assert hint in (caught.value.problems[0].hint or "")


@pytest.mark.parametrize(
    "body", [r"\loop\iftrue\repeat", r"\loop\message{again and again}\iftrue\repeat", r"\loop x\newpage\iftrue\repeat"]
)
def test_what_never_ends_is_ended(document, body):
    with pytest.raises(ToolError, match=r"stopped at its time limit, 1 s of CPU time\n.*--tex-time 2"):
        typeset(document(body), limits=Limits(cpu=1))


def test_what_eats_memory_is_ended(document):
    with pytest.raises(ToolError, match="TeX capacity exceeded"):
        typeset(document(r"\def\more{\more x\more}\more"))


@pytest.mark.parametrize("command", [r"\input{%s}", r"\csname @@input\endcsname %s ", r"\input{|cat %s}"])
def test_files_outside_cannot_be_read(document, tmp_path, command):
    secret = tmp_path / "secret.tex"
    secret.write_text("The answer is 42.")
    with pytest.raises(ToolError, match=r"not found|can't find"):
        typeset(document(command % secret.as_posix()))


def test_files_outside_cannot_be_opened(document, tmp_path):
    secret = tmp_path / "secret.tex"
    secret.write_text("The answer is 42.")
    pdf = typeset(document(rf"\newread\r \openin\r={secret.as_posix()} \ifeof\r refused\else \read\r to\x \x\fi"))
    assert "refused" in text_of(pdf)


def test_files_outside_cannot_be_written(document, tmp_path):
    target = tmp_path / "written.tex"
    with pytest.raises(ToolError, match="can't write"):
        typeset(document(rf"\newwrite\w \immediate\openout\w={target.as_posix()} x"))
    assert not target.exists()


def test_no_program_can_be_started(document, tmp_path):
    target = tmp_path / "started"
    typeset(document(rf"\immediate\write18{{touch {target}}} x"))
    assert not target.exists()


def test_an_engine_that_hangs_is_ended_with_its_children(document, fake_engine, tmp_path):
    child = tmp_path / "child"
    fake_engine(f"sleep 1000 & echo $! > {child}.new; mv {child}.new {child}; wait")
    with pytest.raises(TooBusyError, match=r"stopped at its time limit, 5 s of waiting\n.*try again.*--tex-time"):
        typeset(document("x"), limits=Limits(wall=5))
    assert not is_alive(int(child.read_text()))


def test_a_busy_machine_is_given_time(document):
    limits = limits_for(document("x"), "pdflatex")
    assert limits.cpu >= 20
    assert limits.wall >= 10 * limits.cpu
    assert limits_for("x" * 1_000_000, "pdflatex").cpu >= limits.cpu + 50


def test_the_time_can_be_chosen(document, monkeypatch):
    monkeypatch.setenv("DERIVGEN_TEX_TIME", "300")
    assert limits_for("x", "pdflatex") == Limits(cpu=300, wall=3060)
    monkeypatch.setenv("DERIVGEN_TEX_TIME", "soon")
    with pytest.raises(ToolError, match=r"DERIVGEN_TEX_TIME is 'soon'\n.*CPU seconds"):
        typeset(document("x"))


@pytest.mark.parametrize(
    ("commands", "message"),
    [
        ("echo no luck today >&2; exit 7", "failed with exit code 7\n  hint: it said last: no luck today"),
        ("kill -KILL $$", "was ended by signal 9\n  hint: it said nothing"),
        ("exit 0", "wrote no PDF"),
        (": > document.pdf", "wrote no PDF"),
        ("echo nonsense > document.pdf", "wrote a damaged PDF"),
        ("echo x > document.pdf; echo 'document.tex:2: Oh dear.' > document.log; exit 1", "document.tex:2:1: Oh dear."),
    ],
)
def test_an_engine_that_fails_is_reported(document, fake_engine, commands, message):
    fake_engine(commands)
    with pytest.raises(ToolError, match=re.escape(message)):
        typeset(document("x"))


def test_what_an_engine_stamps_on_the_pdf_is_removed(document, fake_engine, tmp_path):
    results = []
    for stamp in ("D:20240101000000Z", "D:20250202000000Z"):
        with pikepdf.new() as made:
            made.add_blank_page()
            made.docinfo["/CreationDate"] = made.docinfo["/Creator"] = pikepdf.String(stamp)
            made.trailer["/ID"] = pikepdf.Array([pikepdf.String(stamp[-16:]), pikepdf.String(stamp[-16:])])
            made.save(tmp_path / "stamped.pdf")
        fake_engine(f"cp {tmp_path}/stamped.pdf document.pdf")
        results.append(typeset(document("x")))
    assert results[0] == results[1]
    assert b"D:20" not in results[0]
