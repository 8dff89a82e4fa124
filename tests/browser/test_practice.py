"""A worksheet filled in by hand, in a real browser: right in any form, wrong, hints, by keyboard alone, kept, printed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from derivgen.rendering import practice
from tests.browser.harness import Tab
from tests.browser.sheets import SPECS, Page, pages

Open = Callable[..., Tab]
NEURON = SPECS["small/one_neuron"]
GATE = SPECS["notes/002_and_gate_numbers"]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Mapping[Path, Page]:
    return pages(tmp_path_factory.mktemp("pages"), SPECS.values(), audience="worksheet")


@pytest.fixture
def neuron(built: Mapping[Path, Page], opened: Open) -> Sheet:
    return Sheet(opened(built[NEURON].file("worksheet")))


class Sheet:
    """A worksheet in the browser."""

    def __init__(self, tab: Tab):
        self.tab, self.page = tab, tab.page

    def gap(self, number: int) -> Any:
        """The input of a gap."""
        return self.page.locator(f'input.dg-gap[data-gap="{number}"]')

    @property
    def said(self) -> str:
        """What was said last, once nothing is being checked."""
        self.tab.wait("!document.querySelector('.dg-said').textContent.match(/: (checking|verificando)/)")
        return self.page.locator(".dg-said").inner_text()

    @property
    def progress(self) -> str:
        return self.page.locator(".dg-progress").inner_text()

    def enter(self, number: int, text: str) -> str:
        """Type into a gap and press Enter; what is said."""
        self.gap(number).fill(text)
        self.gap(number).press("Enter")
        return self.said


def test_a_right_answer_in_any_form(neuron: Sheet) -> None:
    """Gap 2 wants 1/2, gap 10 -2 (y - a), gap 14 the product, gap 16 its sibling."""
    for text in ("1/2", "0.5", "0,5", ".5", "2/4", "5e-1", " 0.50 ", "½", "+1/2"):
        assert neuron.enter(2, text) == "Gap 2: right.", text
    for text in ("-2*(y - a)", "2*(a-y)", "2*a - 2*y", "-(y-a)*2", "−2·(y − a)"):
        assert neuron.enter(10, text) == "Gap 10: right.", text
    for text in (
        "-2*(y-a)*a*(1-a)*x",
        "x*a*(1-a)*2*(a-y)",
        "2*x*(a-y)*(a-a^2)",
        "2*(a-y)*x*sig(z)*(1-sig(w*x+b))",
        "2*(a-y)*x*sig'(z)",
    ):
        assert neuron.enter(14, text) == "Gap 14: right.", text
    for text in ("dL/da", "∂L/∂a"):
        assert neuron.enter(4, text) == "Gap 4: right.", text
    assert neuron.progress == "4 of 17 right"
    neuron.tab.quiet()


def test_a_wrong_answer(neuron: Sheet) -> None:
    for number, text in (
        (2, "0.51"),
        (2, "-1/2"),
        (2, "2"),
        (10, "2*(y-a)"),
        (10, "-2*(a-y)"),
        (4, "da/dz"),
        (14, "-2*(y-a)*a*(1-a)"),
    ):
        assert neuron.enter(number, text) == f"Gap {number}: not right yet.", text
        assert neuron.gap(number).get_attribute("aria-invalid") == "true"
    assert neuron.progress == "0 of 17 right"
    assert neuron.enter(2, "1/2") == "Gap 2: right."
    assert neuron.gap(2).get_attribute("aria-invalid") is None


def test_the_state_is_not_told_by_colour_alone(neuron: Sheet) -> None:
    neuron.enter(2, "1/2")
    neuron.enter(3, "7")
    sign = "n => getComputedStyle(document.querySelector(`[data-gap='${n}'] + .dg-sign`), '::before').content"
    signs = [neuron.page.evaluate(sign, number) for number in (1, 2, 3)]
    assert signs == ["none", '"✓"', '"✗"']
    assert neuron.page.locator(".dg-said").get_attribute("role") == "status"
    described = [
        neuron.page.locator(f"#{neuron.gap(number).get_attribute('aria-describedby')}").inner_text() for number in (1, 2, 3)
    ]
    assert described == ["", "right", "not right yet"]


@pytest.mark.parametrize(
    ("number", "text", "said"),
    [
        (2, "z", "a number is asked for, without names"),
        (2, "1/4+1/4", "work it out to one number"),
        (2, "1/0", "this divides by zero"),
        (2, "abc", "there is no abc on this sheet"),
        (10, "2(a-y)", "a * is missing before ("),
        (10, "2*(a-y", "something"),
        (10, "dL/da", "the partial derivatives have to be worked out"),
        (10, "2*<b>", "< does not belong where it stands"),
        (4, "2", "a partial derivative is typed like"),
    ],
)
def test_what_cannot_be_read_is_told(neuron: Sheet, number: int, text: str, said: str) -> None:
    assert said in neuron.enter(number, text) or text == "2*(a-y"
    assert neuron.page.locator("b").count() == 0
    neuron.tab.quiet()


def test_leaving_a_gap_checks_it(neuron: Sheet) -> None:
    neuron.gap(2).focus()
    neuron.page.keyboard.type("0.5")
    neuron.page.keyboard.press("Tab")
    neuron.tab.wait("document.querySelector('.dg-said').textContent.includes('right')")
    assert neuron.said == "Gap 2: right."


def test_hints_come_one_after_another(neuron: Sheet) -> None:
    neuron.page.locator(".dg-ask").click()
    assert neuron.said == "Go to a gap first, then ask for its hint."
    neuron.gap(2).focus()
    found = []
    for _ in range(3):
        neuron.page.locator(".dg-ask").click()
        found.append(neuron.said)
    assert found[0] == "Hint for gap 2: Put the numbers into a = sig(z). (1/2)"
    assert found[1] == "Hint for gap 2: Type the exact number or fraction; a rounded one needs 4 digits or more. (2/2)"
    assert found[2] == found[0]
    assert neuron.page.evaluate("document.activeElement.dataset.gap") == "2"
    assert neuron.enter(4, "?").startswith("Hint for gap 4: From L back to w")
    assert neuron.gap(4).input_value() == ""


@pytest.mark.parametrize("name", SPECS)
def test_what_the_key_says_is_right(built: Mapping[Path, Page], opened: Open, name: str) -> None:
    """The key's answers typed into the page, all of them: right, but for what a page cannot check. The keyboard alone does it."""
    page = built[SPECS[name]]
    sheet = Sheet(opened(page.file("worksheet")))
    texts = page.typed()
    assert sheet.page.locator("input.dg-gap").count() == len(texts)
    sheet.page.keyboard.press("Tab")
    while sheet.page.evaluate("document.activeElement.dataset.gap ?? ''") == "":
        sheet.page.keyboard.press("Tab")
    order = []
    for text in texts:
        order.append(int(sheet.page.evaluate("document.activeElement.dataset.gap")))
        sheet.page.keyboard.insert_text(text)
        sheet.page.keyboard.press("Tab")
        while sheet.page.evaluate("document.activeElement.matches('.dg-scroll, .dg-right')"):
            sheet.page.keyboard.press("Tab")
    assert order == list(range(1, len(texts) + 1))
    settled = (
        "() => [...document.querySelectorAll('input.dg-gap')].every((e) => e.matches('.dg-is-right, .dg-is-wrong, .dg-is-noted'))"
    )
    sheet.tab.wait(f"({settled})()", 60)
    right = sheet.page.evaluate("() => [...document.querySelectorAll('input.dg-gap')].map((e) => e.matches('.dg-is-right'))")
    wrong = [
        (number, text) for number, (text, ok, can) in enumerate(zip(texts, right, page.checked, strict=True), 1) if can and not ok
    ]
    assert wrong == []
    sheet.tab.quiet()


def test_a_mistake_in_a_hash_is_noticed(built: Mapping[Path, Page], opened: Open, tmp_path: Path) -> None:
    """The test above is no good if it finds everything right: one letter of one hash changed, and the answer is wrong."""
    text = built[NEURON].file("worksheet").read_text(encoding="utf-8")
    hidden = re.search(r'class="dg-hidden">([a-p]+)<', text)
    assert hidden
    numbers = str.maketrans("ghijklmnop", "0123456789")
    data = json.loads(bytes.fromhex(hidden[1].translate(numbers)))
    assert data["gaps"][13]["kind"] == "formula"
    hash_ = data["gaps"][13]["hashes"][0]
    data["gaps"][13]["hashes"] = [("a" if hash_[0] != "a" else "b") + hash_[1:]]
    file = tmp_path / "worksheet.html"
    file.write_text(text.replace(hidden[1], practice.secret(data)), encoding="utf-8")
    sheet = Sheet(opened(file))
    assert sheet.enter(14, "-2*(y-a)*a*(1-a)*x") == "Gap 14: not right yet."
    assert sheet.enter(16, "-2*(y-a)*a*(1-a)") == "Gap 16: right."


def test_enter_goes_on_to_the_next_gap(neuron: Sheet) -> None:
    neuron.gap(1).focus()
    for text in ("0", "1/2", "1/4", "dL/da", "da/dz", "dz/dw"):
        neuron.page.keyboard.type(text)
        number = neuron.page.evaluate("document.activeElement.dataset.gap")
        neuron.page.keyboard.press("Enter")
        neuron.tab.wait(f"document.activeElement.dataset.gap !== '{number}'")
    assert neuron.progress == "6 of 17 right"
    assert neuron.page.evaluate("document.activeElement.dataset.gap") == "7"


def test_a_gap_with_the_focus_is_seen(neuron: Sheet) -> None:
    neuron.gap(2).focus()
    neuron.page.keyboard.press("Tab")
    style = neuron.page.evaluate(
        "(() => { const s = getComputedStyle(document.activeElement); return [s.outlineStyle, s.outlineWidth] })()"
    )
    assert style == ["solid", "3px"]


def test_what_was_typed_is_there_again(built: Mapping[Path, Page], opened: Open) -> None:
    sheet = Sheet(opened(built[NEURON].file("worksheet")))
    sheet.enter(2, "1/2")
    sheet.enter(3, "7")
    sheet.page.locator(".dg-fields input").first.fill("Ada")
    sheet.page.reload()
    sheet.tab.wait("document.querySelectorAll('.dg-is-right, .dg-is-wrong').length >= 2")
    assert [sheet.gap(number).input_value() for number in (1, 2, 3)] == ["", "1/2", "7"]
    assert sheet.page.locator(".dg-fields input").first.input_value() == "Ada"
    assert sheet.progress == "1 of 17 right"
    sheet.page.once("dialog", lambda dialog: dialog.dismiss())
    sheet.page.locator(".dg-clear").click()
    assert sheet.gap(2).input_value() == "1/2"
    sheet.page.once("dialog", lambda dialog: dialog.accept())
    sheet.page.locator(".dg-clear").click()
    assert sheet.said == "Everything is cleared."
    sheet.page.reload()
    assert sheet.gap(2).input_value() == ""
    assert sheet.progress == "0 of 17 right"


def test_it_prints(neuron: Sheet) -> None:
    """What is typed is on the paper, the bar is not."""
    neuron.enter(2, "1/2")
    neuron.enter(10, "2*(a-y)")
    reader = PdfReader(BytesIO(neuron.page.pdf(format="A4")))
    text = "\n".join(page.extract_text() for page in reader.pages)
    for words in ("One neuron", "1/2", "2*(a-y)", "Gradients"):
        assert words in text, words
    assert "Hint" not in text
    assert "right" not in text


def test_in_portuguese(opened: Open, tmp_path: Path) -> None:
    page = pages(tmp_path, [NEURON], "pt")[NEURON]
    sheet = Sheet(opened(page.file("worksheet"), locale="pt-BR"))
    assert sheet.page.locator("html").get_attribute("lang") == "pt"
    assert sheet.enter(2, "0,5") == "Lacuna 2: certo."
    assert sheet.enter(2, "0.5") == "Lacuna 2: certo."
    assert sheet.enter(2, "0,6") == "Lacuna 2: ainda não está certo (0.6)."
    assert sheet.enter(10, "?").startswith("Dica para a lacuna 10: Derive L = (y - a)² em relação a a")
    assert sheet.progress == "0 de 17 certas"
    sheet.tab.quiet()


def test_where_the_browser_does_not_hash_the_page_does(built: Mapping[Path, Page], chrome: Any) -> None:
    """On a plain http page there is no crypto.subtle."""
    with chrome.new_context() as window:
        page = window.new_page()
        page.add_init_script("Object.defineProperty(globalThis, 'crypto', { value: {} })")
        page.goto(built[NEURON].file("worksheet").as_uri())
        assert page.evaluate("globalThis.crypto.subtle === undefined")
        sheet = Sheet(Tab(page))
        assert sheet.enter(2, "0.5") == "Gap 2: right."
        assert sheet.enter(2, "0.51") == "Gap 2: not right yet."


def test_without_storage(built: Mapping[Path, Page], chrome: Any) -> None:
    with chrome.new_context() as window:
        page = window.new_page()
        page.add_init_script("Object.defineProperty(globalThis, 'localStorage', { get() { throw new Error('no') } })")
        page.goto(built[NEURON].file("worksheet").as_uri())
        assert Sheet(Tab(page)).enter(2, "0.5") == "Gap 2: right."


def test_without_scripts(built: Mapping[Path, Page], chrome: Any) -> None:
    """It can still be filled in and printed."""
    with chrome.new_context(java_script_enabled=False) as window:
        page = window.new_page()
        page.goto(built[NEURON].file("worksheet").as_uri())
        page.locator("input.dg-gap").first.fill("1/2")
        assert "switched off" in page.locator("noscript").first.inner_text()
        assert not page.locator(".dg-bar").is_visible()


def test_many_wrong_answers_do_not_stop_the_page(neuron: Sheet) -> None:
    for text in (
        "(" * 400,
        "9^9^9^9",
        "1e400",
        "-" * 400,
        "'" * 300,
        "_" * 300,
        "d" * 300,
        "sum(" * 90,
        "\\frac{" * 60,
        "a" * 500,
    ):
        assert neuron.enter(10, text).startswith("Gap 10: "), text[:20]
    neuron.tab.quiet()


def test_answers_do_not_stand_in_the_source(built: Mapping[Path, Page]) -> None:
    """No answer in the page's text, nor its word or a quick hash of it behind the letters."""
    from hashlib import md5, sha1, sha256

    from derivgen.documents.accepted import FormulaAnswer, NumberAnswer, accepted, trial_points

    looked = 0
    for page in built.values():
        text = page.file("worksheet").read_text(encoding="utf-8")
        hidden = re.search(r'class="dg-hidden">([a-p]+)<', text)
        assert hidden
        inside = bytes.fromhex(hidden[1].translate(str.maketrans("ghijklmnop", "0123456789"))).decode()
        places = trial_points(page.evaluation)
        for answer in page.answers:
            found = accepted(answer, page.evaluation, places)
            words = found.words if isinstance(found, NumberAnswer) else (found.word,) if isinstance(found, FormulaAnswer) else ()
            for word in words:
                looked += 1
                plain_words = [word, *(hash_(word.encode()).hexdigest() for hash_ in (md5, sha1, sha256))]
                assert not [each for each in plain_words if each in text or each in inside], word
    assert looked > 150


@pytest.fixture(scope="module")
def languages(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Mapping[Path, Page]]:
    few = (NEURON, GATE, SPECS["small/in_matrices"], SPECS["notes/004_recap"])
    return {language: pages(tmp_path_factory.mktemp(language), few, language) for language in ("en", "pt")}


LOOKS = (
    ("worksheet", "en", "light", 1280),
    ("worksheet", "en", "dark", 380),
    ("worksheet", "pt", "dark", 1280),
    ("key", "en", "dark", 1280),
    ("key", "pt", "light", 380),
    ("notes", "en", "light", 1280),
    ("notes", "pt", "dark", 380),
)
"""Every audience in both languages; the colours and sizes take turns."""


@pytest.mark.parametrize(("audience", "language", "colours", "width"), LOOKS)
def test_nothing_keeps_anybody_out(
    languages: Mapping[str, Mapping[Path, Page]], opened: Open, audience: str, language: str, colours: str, width: int
) -> None:
    """axe-core finds no violation; the page asks nothing of a network."""
    for spec, page in languages[language].items():
        if spec == GATE and audience != "worksheet":
            continue  # its other pages are long, and hold nothing that the others do not
        tab = opened(page.file(audience), color_scheme=colours, viewport={"width": width, "height": 900})
        if audience == "worksheet":
            sheet = Sheet(tab)
            sheet.enter(1, "123456")
            tab.page.locator(".dg-how summary").click()
        assert tab.violations() == [], page.spec.stem
        tab.quiet()
