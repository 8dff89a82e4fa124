"""`derivgen build`: what it writes, what it says, how it ends."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from click.testing import CliRunner
from pypdf import PdfReader

from derivgen import work
from derivgen.cli import build as build_module
from derivgen.cli import main
from derivgen.documents.document import Equations, Line
from derivgen.maths.tree import Sym, number
from derivgen.typeset import side_by_side
from derivgen.typeset.engines import find_engine
from derivgen.typeset.pdf import Typesetting
from derivgen.typeset.sandbox import Limits
from tests.cli.conftest import SPEC, Shell
from tests.product import FILES


def test_writes_worksheet_key_and_notes(derivgen: Shell) -> None:
    said = derivgen("build", "spec.yaml")
    assert (said.code, said.err) == (0, "")
    assert derivgen.files("output/spec") == list(FILES)
    assert sorted(said.out.split()) == [f"output/spec/{name}" for name in FILES]
    assert (derivgen.folder / "output/spec/key.pdf").read_bytes().startswith(b"%PDF")


def test_audience_and_format(derivgen: Shell) -> None:
    said = derivgen("build", "spec.yaml", "-o", "out", "--audience", "key", "--audience", "notes", "--format", "tex")
    assert said.code == 0
    assert derivgen.files("out") == ["spec/key.tex", "spec/notes.tex"]
    said = derivgen("build", "spec.yaml", "-o", "pdfs", "--audience", "worksheet", "--format", "pdf", "--quiet")
    assert (said.code, said.out, said.err) == (0, "", "")
    assert derivgen.files("pdfs") == ["spec/worksheet.pdf"]


def test_the_key_behind_its_worksheet(derivgen: Shell) -> None:
    said = derivgen("build", "spec.yaml", "--audience", "worksheet", "--format", "pdf", "--with-key", "-o", "out")
    assert (said.code, said.err) == (0, "")
    assert derivgen.files("out/spec") == ["key.pdf", "worksheet.pdf", "worksheet_with_key.pdf"]
    whole, worksheet, key = (
        PdfReader(derivgen.folder / f"out/spec/{name}.pdf") for name in ("worksheet_with_key", "worksheet", "key")
    )
    behind = len(worksheet.pages) + len(worksheet.pages) % 2
    assert len(whole.pages) >= behind + len(key.pages)
    assert [page.extract_text() for page in whole.pages[behind : behind + len(key.pages)]] == [
        page.extract_text() for page in key.pages
    ]
    assert [whole.get_destination_page_number(mark) for mark in whole.outline] == [0, behind]
    assert [mark.title for mark in whole.outline] == ["worksheet", "answer key"]


def test_a_key_behind_its_worksheet_is_a_pdf(derivgen: Shell) -> None:
    said = derivgen("build", "spec.yaml", "--format", "md", "--with-key")
    assert said.code == 2
    assert "--with-key puts PDFs together: name --format pdf as well" in said.err


def test_wrt_replaces_what_the_spec_asks_for(derivgen: Shell) -> None:
    assert derivgen("build", "spec.yaml", "-o", "b", "--wrt", "b", "--format", "tex").code == 0
    notes = (derivgen.folder / "b/spec/notes.tex").read_text(encoding="utf-8")
    assert r"\partial b" in notes
    assert r"\partial w" not in notes
    said = derivgen("build", "spec.yaml", "--wrt", "nothing_like_it", "--format", "tex")
    assert said.code == 2
    assert "nothing_like_it" in said.err


def test_standard_input(derivgen: Shell) -> None:
    said = derivgen("build", "-", "-o", "out", "--format", "tex", given=SPEC)
    assert (said.code, said.err) == (0, "")
    assert derivgen.files("out") == ["spec/key.tex", "spec/notes.tex", "spec/worksheet.tex"]
    said = derivgen("build", "-", given="equations: L = w*")
    assert said.code == 2
    assert said.err.splitlines()[1:3] == ["  equations: L = w*", "                   ^"]


def test_all_mistakes_at_once_each_at_its_place(derivgen: Shell) -> None:
    said = derivgen("build", "wrong.yaml")
    assert (said.code, said.out) == (2, "")
    assert said.err.splitlines()[:4] == [
        "wrong.yaml:4:7: there is no function sigg",
        "    a = sigg(z)",
        "        ^^^^",
        "  hint: did you mean sig?",
    ]
    assert "wrong.yaml:6:1: there is no key 'colour'\n  colour: red\n  ^^^^^^\n  hint: " in said.err
    assert not (derivgen.folder / "output").exists()


def test_a_wrong_spec_does_not_keep_the_others_from_being_built(derivgen: Shell) -> None:
    said = derivgen("build", "wrong.yaml", "spec.yaml", "missing.yaml", "--format", "tex")
    assert said.code == 2
    assert "wrong.yaml:4:7" in said.err
    assert "missing.yaml" in said.err
    assert derivgen.files("output") == ["spec/key.tex", "spec/notes.tex", "spec/worksheet.tex"]


def test_warnings_are_told_and_stop_nothing(derivgen: Shell) -> None:
    text = SPEC.replace("  z = w*x + b", "  u = k*x\n  z = w*x + b").replace("w: 1/2", "w: 1/2, k: 3")
    derivgen.write("unused.yaml", f"{text}loss: L\n")
    said = derivgen("build", "unused.yaml", "--format", "tex")
    assert said.code == 0
    assert "warning: " in said.err
    assert said.err.startswith("unused.yaml:")


def test_two_specs_of_one_name(derivgen: Shell) -> None:
    derivgen.write("again/spec.yaml", SPEC)
    said = derivgen("build", "spec.yaml", "again/spec.yaml", "--format", "tex")
    assert said.code == 2
    assert "again/spec.yaml and spec.yaml would both be written to output/spec" in said.err


def test_together(derivgen: Shell) -> None:
    derivgen.write("other.yaml", SPEC.replace("One neuron", "Another neuron"))
    said = derivgen("build", "spec.yaml", "other.yaml", "--together", "exam", "-o", "out", "--format", "tex")
    assert said.code == 0
    assert derivgen.files("out") == ["exam/key.tex", "exam/notes.tex", "exam/worksheet.tex"]
    sheet = (derivgen.folder / "out/exam/worksheet.tex").read_text(encoding="utf-8")
    assert sheet.index("One neuron") < sheet.index("Another neuron")


def test_together_is_called_by_its_name_or_by_a_title(derivgen: Shell) -> None:
    derivgen.write("other.yaml", SPEC.replace("One neuron", "Another neuron"))
    for options, title in (([], "Final exam 2"), (["--title", "Backpropagation"], "Backpropagation")):
        said = derivgen("build", "spec.yaml", "other.yaml", "--together", "final_exam-2", "--format", "tex", *options)
        assert said.code == 0
        sheet = (derivgen.folder / "output/final_exam-2/worksheet.tex").read_text(encoding="utf-8")
        assert rf"\dgtitle{{{title}}}" in sheet
        assert "% Task 5" in sheet, "the second spec's tasks are numbered on"
        assert sheet.count("% Task 1\n") == 1


def test_a_title_in_place_of_the_specs_own(derivgen: Shell) -> None:
    assert derivgen("build", "spec.yaml", "--format", "tex", "--title", "50% of a #title").code == 0
    sheet = (derivgen.folder / "output/spec/worksheet.tex").read_text(encoding="utf-8")
    assert r"\dgtitle{50\% of a \#title}" in sheet


def test_processes_change_nothing(derivgen: Shell) -> None:
    """Files, their bytes, what is said and how it ends: one process or three; a wrong spec, a warning and a clash among them."""
    derivgen.write("other.yaml", SPEC.replace("One neuron", "Another neuron"))
    derivgen.write("unused.yaml", SPEC.replace("  z = w*x + b", "  u = w\n  z = w*x + b") + "loss: L\n")
    derivgen.write("again/other.yaml", SPEC)
    specs = ["spec.yaml", "wrong.yaml", "unused.yaml", "other.yaml", "again/other.yaml"]
    alone = derivgen("build", *specs, "-o", "one", "--jobs", "1", "--format", "tex")
    shared = derivgen("build", *specs, "-o", "one", "--jobs", "3", "--format", "tex")
    assert alone.code == shared.code == 2
    assert "warning" in alone.err and "would both be written" in alone.err
    assert (alone.out, alone.err) == (shared.out, shared.err)
    several = [derivgen("build", "spec.yaml", "other.yaml", "-o", f"jobs{jobs}", "--jobs", str(jobs)) for jobs in (1, 2)]
    assert [said.code for said in several] == [0, 0]
    assert several[0].out == several[1].out.replace("jobs2", "jobs1")
    for name in derivgen.files("jobs1"):
        assert (derivgen.folder / "jobs1" / name).read_bytes() == (derivgen.folder / "jobs2" / name).read_bytes()


@pytest.mark.parametrize("name", ["...yaml", "..yaml", "....yml"])
def test_a_spec_is_written_into_the_output_folder_whatever_it_is_called(derivgen: Shell, name: str) -> None:
    derivgen.write(f"in/{name}", SPEC)
    said = derivgen("build", f"in/{name}", "-o", "out/here", "--format", "tex")
    assert said.code == 2
    assert "cannot be a folder's name" in said.err
    assert derivgen.files(".") == [f"in/{name}", "spec.yaml", "wrong.yaml"]


@pytest.mark.parametrize("name", ["../exam", "a/b", "..", ""])
def test_together_takes_a_plain_name(derivgen: Shell, name: str) -> None:
    said = derivgen("build", "spec.yaml", "--together", name, "-o", "out", "--format", "tex")
    assert said.code == 2
    assert not (derivgen.folder / "out").exists()
    assert not (derivgen.folder.parent / "exam").exists()


def test_a_file_in_place_of_the_folder(derivgen: Shell) -> None:
    derivgen.write("taken", "precious")
    said = derivgen("build", "spec.yaml", "-o", "taken", "--format", "tex")
    assert said.code == 2
    assert "taken" in said.err
    assert (derivgen.folder / "taken").read_text(encoding="utf-8") == "precious"


def test_a_missing_engine_leaves_the_tex(derivgen: Shell) -> None:
    said = derivgen("build", "spec.yaml", DERIVGEN_TEX="no-such-engine")
    assert said.code == 3
    assert "no-such-engine" in said.err
    assert "DERIVGEN_TEX" in said.err
    assert "the LaTeX files are in output/spec" in said.err
    assert derivgen.files("output") == ["spec/key.tex", "spec/notes.tex", "spec/worksheet.tex"]


def test_an_unknown_engine_leaves_the_tex(derivgen: Shell) -> None:
    derivgen.write("other.yaml", SPEC)
    for specs in (["spec.yaml"], ["spec.yaml", "other.yaml"], ["spec.yaml", "other.yaml", "--together", "exam"]):
        said = derivgen("build", *specs, "--engine", "nosuch", "--audience", "key")
        assert said.code == 3
        assert "the TeX engine 'nosuch' was not found" in said.err
        assert "the LaTeX files are in output/" in said.err
    assert derivgen.files("output") == ["exam/key.tex", "other/key.tex", "spec/key.tex"]


def test_a_failing_engine_leaves_the_tex(derivgen: Shell, program: Callable[[str], str]) -> None:
    said = derivgen("build", "spec.yaml", "--audience", "key", DERIVGEN_TEX=program("echo 'I am not well'; exit 4"))
    assert said.code == 3
    assert "I am not well" in said.err
    assert derivgen.files("output") == ["spec/key.tex"]


def test_a_hanging_engine_is_ended(derivgen: Shell, program: Callable[[str], str], monkeypatch: pytest.MonkeyPatch) -> None:
    """With a limit of three seconds in place of minutes, twice: a machine that is too busy gets a second chance."""
    monkeypatch.setenv("DERIVGEN_TEX", program(f"echo >> {derivgen.folder}/runs; sleep 1000"))
    monkeypatch.chdir(derivgen.folder)
    monkeypatch.setattr(side_by_side, "Typesetting", functools.partial(Typesetting, limits=Limits(wall=3.0)))
    said = CliRunner().invoke(main, ["build", "spec.yaml", "--audience", "key"])
    assert said.exit_code == 3
    assert "time limit" in said.stderr
    assert derivgen.files("output") == ["spec/key.tex"]
    assert (derivgen.folder / "runs").read_text() == "\n\n"


def test_what_a_busy_machine_stopped_comes_through_the_second_time(
    derivgen: Shell, program: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = derivgen.folder / "ran"
    fake = program(f'[ -e {ran} ] && exec "{find_engine("embedded").program}" "$@"; touch {ran}; sleep 1000')
    monkeypatch.setenv("DERIVGEN_TEX", fake)
    monkeypatch.chdir(derivgen.folder)
    limits = iter([Limits(wall=3.0)])
    monkeypatch.setattr(side_by_side, "Typesetting", lambda *a, **k: Typesetting(*a, **k, limits=next(limits, None)))
    said = CliRunner().invoke(main, ["build", "spec.yaml", "--audience", "key"])
    assert (said.exit_code, said.stderr) == (0, "")
    assert derivgen.files("output") == ["spec/key.pdf", "spec/key.tex"]


def test_one_document_that_fails_leaves_the_others(derivgen: Shell, program: Callable[[str], str]) -> None:
    fake = program(f'grep -q "answer key" document.tex && exit 4; exec "{find_engine("embedded").program}" "$@"')
    said = derivgen("build", "spec.yaml", "--audience", "key", "--audience", "worksheet", DERIVGEN_TEX=fake)
    assert said.code == 3
    assert "not made: key.pdf; the LaTeX files are in output/spec" in said.err
    assert derivgen.files("output") == ["spec/key.tex", "spec/worksheet.pdf", "spec/worksheet.tex"]


def test_several_specs_end_with_a_count(derivgen: Shell) -> None:
    derivgen.write("wrong.yaml", "equations: |\n  L = w +\n")
    said = derivgen("build", "spec.yaml", "wrong.yaml", "--audience", "key", "--format", "tex")
    assert said.code == 2
    assert said.err.splitlines()[0] == "2 specs: 1 tex files made, 1 failed"


def test_a_wrong_gradient_stops_everything(derivgen: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """A gradient that is off by 1/2000 is found by the other two roads: exit code 1, and nothing is written."""
    honest = work.run_any

    def wrong(derivation):
        evaluation = honest(derivation)
        off = tuple(value + Fraction(1, 2000) for value in evaluation.adjoints["w"])
        return replace(evaluation, adjoints={**evaluation.adjoints, "w": off})

    monkeypatch.setattr(work, "run_any", wrong)
    monkeypatch.chdir(derivgen.folder)
    said = CliRunner().invoke(main, ["build", "spec.yaml"])
    assert said.exit_code == 1
    assert "the gradient by w is wrong" in said.stderr
    assert not Path("output").exists()
    said = CliRunner().invoke(main, ["verify", "spec.yaml"])
    assert said.exit_code == 1
    assert "FALSE" in said.stdout


def test_a_false_line_on_a_page_stops_that_spec(derivgen: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is about to be printed is read back and evaluated; there is no way round it."""
    honest = build_module.together

    def wrong(parts, audience, *rest):
        document = honest(parts, audience, *rest)
        return replace(document, blocks=(*document.blocks, Equations((Line(Sym("z"), (("=", number(1)),)),))))

    monkeypatch.setattr(build_module, "together", wrong)
    monkeypatch.chdir(derivgen.folder)
    said = CliRunner().invoke(main, ["build", "spec.yaml"])
    assert said.exit_code == 1
    assert "a line is false: z = 1" in said.stderr
    assert not Path("output").exists()


def test_nothing_of_a_former_build_is_lost_when_one_fails(derivgen: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    derivgen("build", "spec.yaml", "--format", "tex")
    before = {name: (derivgen.folder / "output" / name).read_bytes() for name in derivgen.files("output")}
    derivgen.write("spec.yaml", SPEC.replace("sig", "sigg"))
    assert derivgen("build", "spec.yaml", "--format", "tex").code == 2
    assert {name: (derivgen.folder / "output" / name).read_bytes() for name in derivgen.files("output")} == before
