"""The notes as a page: all there at first, a line at a time when asked for, by buttons and by keys; plain without scripts."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from tests.browser.harness import Tab
from tests.browser.sheets import SPECS, Page, pages

Open = Callable[..., Tab]
NEURON = SPECS["small/one_neuron"]
LINES = "[...document.querySelectorAll('main .dg-line, main .dg-scroll')]"
SEEN = f"{LINES}.filter((e) => [e, ...e.children].some((part) => part.checkVisibility({{ visibilityProperty: true }}))).length"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Mapping[Path, Page]:
    return pages(tmp_path_factory.mktemp("notes"), [NEURON])


@pytest.fixture
def notes(built: Mapping[Path, Page], opened: Open) -> Any:
    tab = opened(built[NEURON].file("notes"), viewport={"width": 1000, "height": 700})
    yield tab
    tab.quiet()


def seen(tab: Tab) -> int:
    """How many lines and tables are seen."""
    return tab.page.evaluate(SEEN)


def button(tab: Tab, name: str) -> Any:
    return tab.page.get_by_role("button", name=re.compile(name))


def test_a_line_at_a_time_by_buttons(notes: Tab) -> None:
    whole = seen(notes)
    assert whole > 10
    button(notes, "One line at a time").click()
    assert seen(notes) == 1
    counts = []
    for _ in range(4):
        button(notes, "Next line").click()
        counts.append(seen(notes))
    assert counts == [2, 3, 4, 5]
    button(notes, "Line before").click()
    assert seen(notes) == 4
    assert notes.page.locator(".dg-count").inner_text() == f"Line 4 of {whole}"
    button(notes, "All lines").click()
    assert seen(notes) == whole


def test_a_line_at_a_time_by_keys(notes: Tab) -> None:
    whole = seen(notes)
    keyboard = notes.page.keyboard
    keyboard.press("n")
    assert seen(notes) == whole, "no key is taken before it is asked for"
    button(notes, "One line at a time").focus()
    keyboard.press("Enter")
    assert seen(notes) == 1
    for key, count in (("n", 2), ("ArrowRight", 3), ("PageDown", 4), ("p", 3), ("ArrowLeft", 2), ("n", 3)):
        keyboard.press(key)
        assert seen(notes) == count, key
    for _ in range(whole + 3):
        keyboard.press("n")
    assert seen(notes) == whole
    keyboard.press("Escape")
    assert seen(notes) == whole
    assert notes.page.evaluate("document.activeElement.tagName") == "BUTTON"


def test_what_comes_is_announced(notes: Tab) -> None:
    button(notes, "One line at a time").click()
    assert notes.page.locator("main").get_attribute("aria-live") == "polite"
    assert notes.violations() == []
    button(notes, "Next line").click()
    assert notes.violations() == []


def test_all_of_it_is_printed(notes: Tab) -> None:
    """Whatever is shown on the screen."""
    before = printed(notes)
    button(notes, "One line at a time").click()
    assert printed(notes) == before
    assert "One line at a time" not in before
    assert "𝜕" in before


def printed(tab: Tab) -> str:
    reader = PdfReader(BytesIO(tab.page.pdf(format="A4")))
    return "\n".join(page.extract_text() for page in reader.pages)


def test_without_scripts_everything_is_there(built: Mapping[Path, Page], notes: Tab, chrome: Any) -> None:
    with chrome.new_context(java_script_enabled=False) as window:
        page = window.new_page()
        page.goto(built[NEURON].file("notes").as_uri())
        assert page.locator("main .dg-line").count() > 5
        assert all(page.locator("main .dg-left math").nth(k).is_visible() for k in range(5))
        assert not page.get_by_role("button", name="One line at a time").is_visible()
