"""Many sheets in one run: each the same bytes as alone, the pages as from a run of its own; one that fails drops out alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from pypdf import PdfReader

from derivgen.documents.compose import compose, style_of
from derivgen.documents.recipients import Recipient, personalize
from derivgen.rendering.latex import Parts, render_parts
from derivgen.spec.load import load
from derivgen.typeset import batch, formats
from derivgen.typeset.batch import BatchItem, BatchTypesetter, batch_document, prepare_typesetter, typeset_many
from derivgen.typeset.engines import Engine, find_engine
from derivgen.typeset.pdf import typeset
from derivgen.work import evaluate
from tests.product import ROOT

SPEC = ROOT / "specs" / "small" / "one_neuron.yaml"
NAMES = ("Ana Sousa", "Zoë Müller", "D'Arcy & Sons_100%", "", "Łukasz Żak", "Ioană Țepeș")


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory):
    """A cache of this module's own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DERIVGEN_CACHE", str(tmp_path_factory.mktemp("cache")))
        patch.delenv("DERIVGEN_TEX", raising=False)
        batch.dumped_format.cache_clear()
        yield
    batch.dumped_format.cache_clear()


@pytest.fixture(scope="module")
def made(kept) -> Callable[..., Parts]:
    """The sheet of one student, and without a name that of nobody."""
    evaluation = evaluate(load(str(SPEC)))
    documents = {audience: compose(evaluation, audience) for audience in ("worksheet", "key")}

    def parts(audience: str, name: str | None = None, number: int = 0) -> Parts:
        document = documents[audience]
        if name is not None:
            document = personalize(document, evaluation.graph.spec, Recipient(f"20230{number}", name))
        return render_parts(document, style_of(evaluation))

    return parts


@pytest.fixture(scope="module")
def typesetter(made) -> BatchTypesetter:
    return prepare_typesetter([made("worksheet"), made("key")])


@pytest.fixture(scope="module")
def sheets(made) -> list[BatchItem]:
    return [
        BatchItem(f"student {number}, {audience}", made(audience, name, number))
        for number, name in enumerate(NAMES, 1)
        for audience in ("worksheet", "key")
    ]


@pytest.fixture(scope="module")
def files(typesetter, sheets) -> list[bytes]:
    return [one.pdf for one in typeset_many(typesetter, sheets)]


def text_of(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)


def broken(sheet: BatchItem, body: str) -> BatchItem:
    return replace(sheet, parts=replace(sheet.parts, body=body))


def test_each_sheet_is_its_own(sheets, files):
    assert len(files) == len(NAMES) * 2
    for sheet, pdf in zip(sheets, files, strict=True):
        own, whole = text_of(pdf), text_of(typeset(sheet.parts.whole))
        assert own == whole
    assert "Zoë Müller (202302)" in text_of(files[2])


def test_title_and_language_are_there_and_nothing_of_the_others(sheets, files):
    for pdf in files:
        with pikepdf.open(BytesIO(pdf)) as document:
            assert str(document.docinfo["/Title"]) == sheets[0].parts.title
            assert str(document.Root.Lang) == "en"
            assert set(document.docinfo.keys()) == {"/Title", "/Producer"}
    assert len({len(PdfReader(BytesIO(pdf)).pages) for pdf in files}) == 1
    assert "Ana" not in text_of(files[2])


@pytest.mark.parametrize("at_once", [1, 3, 5])
def test_the_bytes_depend_on_the_sheet_alone(typesetter, sheets, files, at_once):
    again = [one.pdf for one in typeset_many(typesetter, sheets[2:7], at_once)]
    assert again == files[2:7]


def test_neither_on_the_order_nor_on_the_run(made, sheets, files):
    typesetter = prepare_typesetter([made("worksheet"), made("key")])
    assert [one.pdf for one in typeset_many(typesetter, sheets[::-1])] == files[::-1]


def test_nor_on_a_format(typesetter, sheets, files, monkeypatch):
    monkeypatch.setattr(batch, "dumped_format", lambda preamble, engine: None)
    assert [one.pdf for one in typeset_many(typesetter, sheets[:3])] == files[:3]


def test_letters_that_no_sample_has_change_no_neighbour(typesetter, made, sheets, files):
    odd = BatchItem("odd", made("key", "Ŧǿ 中 שלום", 9))
    mixed = [one.pdf for one in typeset_many(typesetter, [*sheets[:3], odd, *sheets[3:5]])]
    assert [*mixed[:3], *mixed[4:]] == files[:5]
    assert mixed[3] == next(iter(typeset_many(typesetter, [odd]))).pdf
    assert "[U+4E2D]" in text_of(mixed[3])


def test_one_that_fails_is_named_with_its_task_and_the_rest_are_made(typesetter, sheets, files):
    body = sheets[4].parts.body
    assert "% Task 2\n" in body
    wrong = broken(sheets[4], body.replace("% Task 2\n", "% Task 2\n\\nonsense\n"))
    open_ended = broken(sheets[1], "{" + sheets[1].parts.body)
    found = list(typeset_many(typesetter, [sheets[0], open_ended, *sheets[2:4], wrong, sheets[5]]))
    assert [one.pdf for one in found] == [files[0], b"", *files[2:4], b"", files[5]]
    assert str(found[4].problem).startswith("student 3, worksheet, task 2: Undefined control sequence.")
    assert str(found[1].problem).startswith("student 1, key")
    assert [one.problem for one in found if one.pdf] == [None] * 4


def test_one_that_never_ends_is_found(typesetter, sheets, files, monkeypatch):
    monkeypatch.setenv("DERIVGEN_TEX_TIME", "2")
    endless = broken(sheets[1], r"\loop\iftrue\repeat")
    found = list(typeset_many(typesetter, [sheets[0], endless, sheets[2]]))
    assert [one.pdf for one in found] == [files[0], b"", files[2]]
    assert "student 1, key: typesetting was stopped at its time limit" in str(found[1].problem)


def test_a_sheet_of_another_kind_and_an_engine_that_takes_one_at_a_time(typesetter, made, sheets):
    other = BatchItem("other", replace(made("key"), preamble=made("key").preamble + "% another\n"))
    found = list(typeset_many(typesetter, [other]))
    assert found[0].pages > 0 and found[0].problem is None
    single = Engine("lualatex", find_engine().program, "", "by name")  # pdflatex takes lualatex's options
    found = list(typeset_many(prepare_typesetter([made("key")], single), sheets[:1]))
    assert "Ana Sousa" in text_of(found[0].pdf)


def test_a_wrong_sample_is_told(made):
    from derivgen.errors import ToolError

    with pytest.raises(ToolError, match="Undefined control sequence"):
        prepare_typesetter([replace(made("key"), body="\\nonsense")])


def test_a_format_is_kept_and_a_cache_that_cannot_be_written_is_none(typesetter, tmp_path: Path, monkeypatch):
    engine = typesetter.engine
    (tmp_path / "file").write_text("")
    for folder, names in ((tmp_path / "cache", 1), (tmp_path / "file" / "below", 0)):
        monkeypatch.setenv("DERIVGEN_CACHE", str(folder))
        batch.dumped_format.cache_clear()
        assert batch.dumped_format(typesetter.preamble, engine)
        assert len(list(folder.glob("format-*"))) == names
    batch.dumped_format.cache_clear()
    assert batch.dumped_format("\\nonsense", engine) is None


def test_old_formats_go(typesetter, tmp_path: Path, monkeypatch):
    monkeypatch.setenv("DERIVGEN_CACHE", str(tmp_path))
    monkeypatch.setattr(formats, "_KEPT", 1)
    preambles: Sequence[str] = [typesetter.preamble + f"% {number}\n" for number in range(3)]
    for preamble in preambles:
        assert batch.dumped_format(preamble, typesetter.engine)
    assert len(list(tmp_path.glob("format-*"))) == 1


def trial_points(pdf: bytes) -> list[tuple[int, str, float, float]]:
    """Every piece of text with its page and its place."""
    found: list[tuple[int, str, float, float]] = []
    for number, page in enumerate(PdfReader(BytesIO(pdf)).pages):

        def note(text, matrix, place, font, size, number=number):
            if text.strip():
                found.append((number, text.strip(), round(matrix[4] + place[4], 1), round(matrix[5] + place[5], 1)))

        page.extract_text(visitor_text=note)
    return found


@pytest.mark.parametrize("spec", ["class/and_gate.yaml", "notes/003_network.yaml", "small/gradient_descent.yaml"])
def test_tasks_that_are_copied_stand_where_they_would_if_they_were_set(kept, spec, monkeypatch):
    """On sheets that break pages within tasks, too."""
    evaluation = evaluate(load(str(ROOT / "specs" / spec)))
    parts = [render_parts(compose(evaluation, audience), style_of(evaluation)) for audience in ("worksheet", "key")]
    typesetter = prepare_typesetter(parts)
    copied = batch_document([BatchItem("one", part) for part in parts], typesetter.samples).tex
    assert copied.count(r"\dgkepttask{") == sum(part.body.count("% Task ") for part in parts)
    found = [one.pdf for one in typeset_many(typesetter, [BatchItem("one", part) for part in parts])]
    monkeypatch.setattr("derivgen.typeset.batch._kept_tasks", lambda samples: {})
    typesetter = prepare_typesetter(parts)
    plainly = [one.pdf for one in typeset_many(typesetter, [BatchItem("one", part) for part in parts])]
    for one, other in zip(found, plainly, strict=True):
        assert len(trial_points(one)) > 50
        assert trial_points(one) == trial_points(other)


def test_a_task_that_looks_at_its_page_is_not_copied(typesetter, made):
    part = made("key")
    task = "% Task 9\n\\dgtask{9}{T}{I}{}\n\\dgheading{2}{}{H}\n"
    sample = replace(part, body=part.body + task)
    text = batch_document([BatchItem("one", sample)], [sample]).tex
    assert text.count(r"\dgkepttask{") == part.body.count("% Task ")
    assert text.count(task) == 2, "on the sample and on the sheet"


def test_head_and_foot_of_each_page(typesetter, made):
    """Of more pages than numbers are kept for, too."""
    part = made("key", "Zoë Müller", 7)
    long = BatchItem("long", replace(part, body=r"page\newpage " * 8 + "page"))
    short = BatchItem("short", made("worksheet", "Ana", 8))
    found = [one.pdf for one in typeset_many(typesetter, [long, short, long])]
    assert found[0] == found[2]
    pages = [page.extract_text().split() for page in PdfReader(BytesIO(found[0])).pages]
    assert len(pages) == 9
    for number, words in enumerate(pages, 1):
        assert words.count(str(number)) == 1
        assert words[:3] == ["Zoë", "Müller", "(202307)"]
    assert trial_points(found[0]) == trial_points(typeset(long.parts.whole))
