"""A worksheet's page: nothing in it tells an answer, the same bytes each time, what is asked for labelled and hinted at."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest

from derivgen.cli.build import Wanted, build_all
from derivgen.documents.compose import compose, style_of, together
from derivgen.evaluation import Evaluation
from derivgen.maths.tree import Filled, Gap, walk
from derivgen.present.unicode import text as characters
from derivgen.rendering import FORMATS, practice
from derivgen.rendering.html import blanks
from derivgen.rendering.practice import render_practice
from derivgen.work import work
from tests.product import ROOT, SPECS, every_formula
from tests.test_no_answers import answers, numbers_in

NEURON = ROOT / "specs/small/one_neuron.yaml"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Slow hashes are for those who guess."""
    monkeypatch.setattr(practice, "MOST_ROUNDS", 1)
    monkeypatch.setattr(practice, "LEAST_ROUNDS", 1)


def rendered(*evaluations: Evaluation) -> str:
    sheets = [together(evaluations, audience) for audience in ("worksheet", "key")]
    return render_practice(*sheets, evaluations, style_of(evaluations[0]))


def evaluated(spec: Path) -> Evaluation:
    return work(spec).evaluation


def read(page: str) -> str:
    """What a reader of the page's source reads in it, without its style, its program, and the coordinates of its drawings."""
    page = re.sub(r"<style>.*?</style>|<script>.*?</script>|<svg.*?</svg>", "", page, flags=re.DOTALL)
    return unescape(re.sub(r'<[^>]* style="[^"]*"[^>]*>', lambda tag: re.sub(r'style="[^"]*"', "", tag[0]), page))


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.stem)
def test_no_answer_in_the_page(spec: Path) -> None:
    """Not a number nor a formula that the key fills in, wherever it might stand: in text, labels, hints, data."""
    evaluation = evaluated(spec)
    style = style_of(evaluation)
    page = read(rendered(evaluation))
    numbers = [number.replace("{,}", ",") for number in answers(evaluation).numbers if "\\" not in number]
    assert numbers_in(numbers, page) == []
    open_ = {
        characters(node, style) for formula in every_formula(compose(evaluation, "worksheet").blocks) for node in walk(formula)
    }
    key = [blank.gap for blank in blanks(compose(evaluation, "key"), style)]
    filled = {characters(gap.content, style) for gap in key if isinstance(gap, Filled)}
    telling = sorted(formula for formula in filled - open_ if len(formula) > 10 and "(" in formula)
    assert [formula for formula in telling if formula in page] == []


def test_the_search_finds_an_answer() -> None:
    evaluation = evaluated(ROOT / "specs/notes/002_and_gate_numbers.yaml")
    number = next(number for number in answers(evaluation).numbers if "\\" not in number)
    page = rendered(evaluation).replace("<main>", f"<main><p>{number}</p>")
    assert numbers_in([number], read(page)) == [number]


def test_the_same_bytes() -> None:
    assert rendered(evaluated(NEURON)) == rendered(evaluated(NEURON))


def test_another_question_has_another_salt(tmp_path: Path) -> None:
    other = tmp_path / NEURON.name
    other.write_text(NEURON.read_text(encoding="utf-8").replace("x: 2", "x: 3"), encoding="utf-8")
    pages = [rendered(evaluated(spec)) for spec in (NEURON, other)]
    salts = [hidden(page)[1][:60] for page in pages]
    assert salts[0] != salts[1]


def hidden(page: str) -> re.Match[str]:
    found = re.search(r'class="dg-hidden">([a-p]+)<', page)
    assert found
    return found


def test_every_gap_has_an_input_with_a_label() -> None:
    for spec in SPECS[::5]:
        evaluation = evaluated(spec)
        page = rendered(evaluation)
        gaps = [
            node
            for formula in every_formula(compose(evaluation, "worksheet").blocks)
            for node in walk(formula)
            if isinstance(node, Gap)
        ]
        inputs = re.findall(r'<input class="dg-gap" data-gap="(\d+)" type="text" aria-label="([^"]+)"', page)
        assert [int(number) for number, _ in inputs] == list(range(1, len(gaps) + 1))
        assert len({label for _, label in inputs}) == len(inputs)
        assert 'class="dg-gap"></span>' not in page


@pytest.mark.parametrize(
    ("block", "inputs", "rooms"), [("scaffolding: blank", 0, 4), ("scaffolding: faded", 6, 0), ("given: [a, chains]", 10, 0)]
)
def test_what_is_not_asked_for_has_no_input(tmp_path: Path, block: str, inputs: int, rooms: int) -> None:
    """On a sheet with empty room, there is something to write into; the answers that its key has there are asked for nowhere."""
    spec = tmp_path / NEURON.name
    text, count = re.subn(r"(?m)^worksheet: .*$", f"worksheet: {{{block}}}", NEURON.read_text(encoding="utf-8"))
    assert count == 1
    spec.write_text(text, encoding="utf-8")
    page = rendered(evaluated(spec))
    assert (page.count("<input class"), page.count("<textarea")) == (inputs, rooms)
    assert ("dg-bar" in re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)) == bool(inputs)


def test_several_computations_on_one_sheet() -> None:
    """Each gap is judged by its own computation's names."""
    first, second = evaluated(NEURON), evaluated(ROOT / "specs/small/two_paths.yaml")
    alone = [len(blanks(compose(each, "key"), style_of(each))) for each in (first, second)]
    page = rendered(first, second)
    data = bytes.fromhex(hidden(page)[1].translate(str.maketrans("ghijklmnop", "0123456789"))).decode()
    assert re.findall(r'"of":(\d)', data) == ["0"] * alone[0] + ["1"] * alone[1]


def test_nothing_a_user_wrote_is_markup(tmp_path: Path) -> None:
    spec = tmp_path / "s.yaml"
    spec.write_text(
        "title: '<b>&'\nequations: |\n  z = w*x\n  L = (z - y)^2\ninputs: [x]\ntargets: [y]\nvalues: {x: 1, w: 2, y: 1}\n"
        "worksheet: {hints: {w: '</script><script>alert(1)</script>'}, course: '</script>'}\n",
        encoding="utf-8",
    )
    page = rendered(evaluated(spec))
    assert "alert(1)" in page
    assert "<script>alert" not in page
    assert page.count("</script>") == page.count("<script")


def test_build_writes_it(tmp_path: Path) -> None:
    """The worksheet alone, too: its key is worked out for it and not written."""
    made = build_all([NEURON], tmp_path, Wanted(("worksheet",), ("html",)), quiet=True)
    assert [path.name for path in made] == ["worksheet.html"]
    assert 'class="dg-hidden"' in made[0].read_text(encoding="utf-8")
    assert FORMATS["html"].practice is not None


def test_the_page_says_every_message_it_knows() -> None:
    """What its scripts say has words, and no words are left over."""
    from derivgen.rendering.practice import MESSAGES, SCRIPTS

    folder = ROOT / "templates/html/practice"
    source = "\n".join((folder / f"{name}.js").read_text(encoding="utf-8") for name in SCRIPTS)
    used = re.findall(r'(?:\bsay|new Unreadable)\("(\w+)"', source)
    assert len(used) > 20
    assert set(used) - set(MESSAGES) == set()
    assert {message for message in MESSAGES if f'"{message}"' not in source} == set()
