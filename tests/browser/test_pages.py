"""How pages look in a real browser: mathematics laid out, long lines in rows, narrow and dark pages, what comes with a line."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from derivgen.documents.compose import compose, style_of
from derivgen.rendering.html import render_html
from derivgen.work import work
from tests.browser.harness import Tab
from tests.browser.sheets import SPECS, Page
from tests.product import AUDIENCES

Open = Callable[..., Tab]
GATE = SPECS["notes/002_and_gate_numbers"]
SHOWN = [
    GATE,
    *(SPECS[name] for name in ("notes/003_shorthands", "notes/004_recap", "small/in_matrices", "small/softmax_cross_entropy")),
]
TELEPHONE = {"width": 360, "height": 740}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Mapping[Path, Page]:
    """The pages as they are without inputs."""
    folder = tmp_path_factory.mktemp("pages")
    made = {spec: Page(spec, folder / spec.stem) for spec in SHOWN}
    for page in made.values():
        page.folder.mkdir()
        evaluation = work(page.spec).evaluation
        for audience in AUDIENCES:
            page.file(audience).write_text(render_html(compose(evaluation, audience), style_of(evaluation)), encoding="utf-8")
    return made


@pytest.fixture
def notes(built: Mapping[Path, Page], opened: Open) -> Tab:
    return opened(built[GATE].file("notes"), viewport={"width": 1000, "height": 700})


def seen(tab: Tab) -> int:
    """How many lines and tables are seen."""
    return tab.page.evaluate(
        "[...document.querySelectorAll('main .dg-line, main .dg-scroll')].filter(e => e.firstElementChild.offsetParent).length"
    )


def button(tab: Tab, name: str) -> Any:
    return tab.page.get_by_role("button", name=name)


def test_what_belongs_to_a_line_comes_with_it(notes: Tab) -> None:
    """No heading without its line, no drawing of what comes later; the last line of all is reached, and then nothing goes on."""
    headings = notes.page.locator("main h2, main h3")
    everything = seen(notes)
    button(notes, "One line at a time").click()
    assert headings.first.is_hidden()
    for _ in range(everything + 3):
        notes.page.keyboard.press("n")
    assert seen(notes) == everything
    assert button(notes, "Next line").is_disabled()
    assert headings.last.is_visible()
    notes.page.keyboard.press("p")
    assert seen(notes) == everything - 1


def test_a_new_line_is_brought_into_view(notes: Tab) -> None:
    button(notes, "One line at a time").click()
    for _ in range(25):
        notes.page.keyboard.press("n")
    last = "[...document.querySelectorAll('main .dg-line')].filter(e => e.firstElementChild.offsetParent).at(-1).lastElementChild"
    bar = notes.page.locator(".dg-reveal").bounding_box()
    assert notes.page.evaluate(f"{last}.getBoundingClientRect().bottom") <= bar["y"] + 1


@pytest.mark.parametrize("spec", SHOWN, ids=lambda spec: spec.stem)
def test_a_narrow_page_is_not_scrolled_sideways(built: Mapping[Path, Page], opened: Open, spec: Path) -> None:
    for audience in ("notes", "key", "worksheet"):
        tab = opened(built[spec].file(audience), viewport=TELEPHONE)
        tab.quiet()
        width = tab.page.evaluate("document.documentElement.scrollWidth")
        assert width <= TELEPHONE["width"], (audience, width)


def test_a_drawing_is_light_on_a_dark_page(built: Mapping[Path, Page], opened: Open) -> None:
    inks = {}
    for scheme in ("light", "dark"):
        tab = opened(built[GATE].file("notes"), color_scheme=scheme)
        inks[scheme] = tab.page.evaluate(
            "['.dg-svg-text', '.dg-svg-ground'].map(s => getComputedStyle(document.querySelector(s)).fill)"
        )
    assert inks["light"] == ["rgb(33, 37, 41)", "rgb(255, 255, 255)"]
    assert inks["dark"] == ["rgb(228, 230, 234)", "rgb(22, 24, 28)"]


def test_a_long_line_stands_in_rows(built: Mapping[Path, Page], opened: Open) -> None:
    """The same line is higher where the page is narrow, and its pieces begin within the page."""
    heights = []
    for width in (1000, 360):
        tab = opened(built[GATE].file("notes"), viewport={"width": width, "height": 700})
        heights.append(tab.page.evaluate("Math.max(...[...document.querySelectorAll('.dg-right')].map(e => e.offsetHeight))"))
    assert heights[1] > heights[0] + 40


def test_the_browser_lays_mathematics_out(notes: Tab) -> None:
    """A fraction's halves stand above each other, a sum's bounds above and below, a bracket is as high as what it holds."""
    over, under = notes.page.evaluate(
        "[...document.querySelector('.dg-left mfrac').children].map(e => e.getBoundingClientRect().top)"
    )
    assert under > over + 8
    sign, below, above = notes.page.evaluate(
        "[...document.querySelector('.dg-right munderover').children].map(e => e.getBoundingClientRect().top)"
    )
    assert above < sign < below
    assert (
        notes.page.evaluate("document.querySelector('mtable').parentElement.firstElementChild.getBoundingClientRect().height")
        > 30
    )


def test_a_half_in_running_text_is_copied_as_one(tmp_path: Path, opened: Open) -> None:
    spec = tmp_path / "half.yaml"
    spec.write_text("equations: L = (w*x - y)^2\nvalues: {w: 1/2, x: -3/4, y: 1}\ninputs: [x]\ntargets: [y]\n", encoding="utf-8")
    evaluation = work(spec).evaluation
    page = tmp_path / "notes.html"
    page.write_text(render_html(compose(evaluation, "notes"), style_of(evaluation)), encoding="utf-8")
    tab = opened(page)
    copied = tab.page.evaluate("(getSelection().selectAllChildren(document.querySelector('main')), getSelection().toString())")
    text = unicodedata.normalize("NFKC", "".join(copied.split()))  # letters of mathematics become letters
    assert "w=1/2" in text and "x=−3/4" in text
