"""`derivgen serve` in a real browser: typing, mistakes, completion, the keyboard, files; nothing is asked of anybody else."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from derivgen.serve.app import LOOPBACK, server
from tests.browser.harness import Tab, tab
from tests.product import ROOT

GATE = ROOT / "specs" / "notes" / "002_and_gate_numbers.yaml"


@contextmanager
def served(file: Path) -> Iterator[str]:
    running = server(file)
    thread = threading.Thread(target=running.serve_forever)
    thread.start()
    try:
        yield f"http://{LOOPBACK}:{running.server_port}/"
    finally:
        running.shutdown()
        thread.join()


class Address:
    """What `tab` opens: an address in place of a file."""

    def __init__(self, address: str):
        self.address = address

    def as_uri(self) -> str:
        return self.address


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "gate.yaml"
    made.write_bytes(GATE.read_bytes())
    return made


@pytest.fixture
def bench(chrome: Any, file: Path) -> Iterator[Tab]:
    with served(file) as address, tab(chrome, Address(address), accept_downloads=True) as opened:  # type: ignore[arg-type]
        said(opened, "Checked and drawn.")
        yield opened
        assert [url for url in opened.asked if not url.startswith(address)] == []
        assert opened.complaints == []


def said(bench: Tab, words: str) -> None:
    bench.wait(f"document.getElementById('status').textContent.includes({words!r})")


def type_at_end(bench: Tab, words: str) -> None:
    bench.page.focus(".cm-content")
    bench.page.keyboard.press("Control+End")
    bench.page.keyboard.type(words)


def test_the_page_is_drawn_as_one_types_and_saved_by_the_keyboard(bench: Tab, file: Path) -> None:
    type_at_end(bench, "notes: {W_13: Look at the path.}")
    said(bench, "Not saved.")
    bench.page.click("#tab-notes")
    bench.wait("document.getElementById('page').textContent.includes('Look at the path.')")
    assert file.read_bytes() == GATE.read_bytes()
    bench.page.focus(".cm-content")
    bench.page.keyboard.press("Control+s")
    said(bench, "Saved to gate.yaml.")
    assert file.read_text().endswith("notes: {W_13: Look at the path.}")


def test_a_mistake_is_told_at_its_place_and_the_page_stays(bench: Tab) -> None:
    type_at_end(bench, "los: Loss")
    bench.wait("document.querySelectorAll('.cm-lintRange-error').length > 0")
    assert bench.page.inner_text("#problems") == "line 17: there is no key 'los' (did you mean loss?)"
    assert bench.page.inner_text(".cm-lintRange-error") == "los"
    bench.wait("document.querySelector('#page.old .dg-gap') !== null")
    bench.page.focus("#problems button")
    bench.page.keyboard.press("Enter")
    assert bench.page.evaluate("document.activeElement.classList.contains('cm-content')")


def test_keys_and_values_are_completed_from_the_schema(bench: Tab) -> None:
    type_at_end(bench, "upd")
    bench.wait("document.querySelector('.cm-tooltip-autocomplete')?.textContent.includes('update')")
    bench.page.wait_for_timeout(200)
    bench.page.keyboard.press("Enter")
    bench.page.keyboard.type("{learn")
    bench.wait("document.querySelector('.cm-tooltip-autocomplete')?.textContent.includes('learning_rate')")
    bench.page.wait_for_timeout(200)
    bench.page.keyboard.press("Enter")
    bench.page.keyboard.type("1/2}")
    assert bench.page.inner_text(".cm-line:last-child") == "update: {learning_rate: 1/2}"
    said(bench, "Checked and drawn.")


def test_what_another_program_writes_comes_in(bench: Tab, file: Path) -> None:
    file.write_text(GATE.read_text().replace("an AND gate", "an OR gate"))
    bench.wait("document.getElementById('title').textContent.includes('an OR gate')")


def test_the_keyboard_alone_is_enough(bench: Tab) -> None:
    reached = []
    for _ in range(9):
        bench.page.keyboard.press("Tab")
        reached.append(bench.page.evaluate("document.activeElement.id || document.activeElement.className.split(' ')[0]"))
    assert reached[:6] == ["save", "pdf", "tex", "cm-content", "tab-worksheet", "panel"]
    bench.page.focus("#tab-worksheet")
    bench.page.keyboard.press("ArrowRight")
    bench.wait("document.activeElement.id === 'tab-key' && document.querySelector('#page .dg-answer') !== null")
    assert bench.page.get_attribute("#tab-key", "aria-selected") == "true"


@pytest.mark.parametrize(
    ("button", "name", "begins"), [("#tex", "worksheet.tex", b"\\documentclass"), ("#pdf", "worksheet.pdf", b"%PDF-")]
)
def test_latex_and_pdf_at_a_click(bench: Tab, button: str, name: str, begins: bytes) -> None:
    with bench.page.expect_download() as download:
        bench.page.click(button)
    assert download.value.suggested_filename == name
    assert Path(download.value.path()).read_bytes().startswith(begins)


@pytest.mark.parametrize("wrong", [False, True], ids=["in order", "with a mistake"])
def test_nothing_keeps_people_out(bench: Tab, wrong: bool) -> None:
    if wrong:
        type_at_end(bench, "los: Loss")
        bench.wait("document.querySelectorAll('.cm-lintRange-error').length > 0")
    assert bench.violations() == []
