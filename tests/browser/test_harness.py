"""The harness itself: what it promises to notice, it notices."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.browser.harness import Tab

GOOD = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A page</title></head>
<body><main><h1>A page</h1><p>Some words. <a href="#there">There</a></p><h2 id="there">There</h2>
<label>Name <input></label><table><caption>One</caption><tr><th scope="col">a</th></tr><tr><td>1</td></tr></table>
<ul><li>One</li></ul><button>Press</button></main></body></html>"""


def written(folder: Path, text: str) -> Path:
    file = folder / "page.html"
    file.write_text(text, encoding="utf-8")
    return file


def test_a_good_page(opened: Callable[..., Tab], tmp_path: Path) -> None:
    tab = opened(written(tmp_path, GOOD))
    tab.quiet()
    assert tab.violations() == []


def test_a_request_is_noticed(opened: Callable[..., Tab], tmp_path: Path) -> None:
    tab = opened(written(tmp_path, GOOD.replace("<p>", '<p><img alt="" src="https://example.invalid/a.png">')))
    assert tab.asked == ["https://example.invalid/a.png"]


def test_an_error_is_noticed(opened: Callable[..., Tab], tmp_path: Path) -> None:
    tab = opened(written(tmp_path, GOOD.replace("</main>", "</main><script>nothing.here()</script>")))
    assert tab.complaints == ["nothing is not defined"]


@pytest.mark.parametrize(
    ("before", "after", "rule"),
    [
        ('<html lang="en">', "<html>", "html-has-lang"),
        ("<label>Name <input></label>", "<input>", "label"),
        ("<p>", '<p style="color:#ccc;background:#fff">', "color-contrast"),
        ("<button>Press", "<button>", "button-name"),
    ],
)
def test_axe_finds_a_mistake(opened: Callable[..., Tab], tmp_path: Path, before: str, after: str, rule: str) -> None:
    page = GOOD.replace(before, after)
    assert page != GOOD
    assert [found.partition(":")[0] for found in opened(written(tmp_path, page)).violations()] == [rule]


def test_axe_reaches_past_a_strict_policy(opened: Callable[..., Tab], tmp_path: Path) -> None:
    policy = """<meta http-equiv="Content-Security-Policy" content="default-src 'none'">"""
    tab = opened(written(tmp_path, GOOD.replace("<title>", policy + "<title>")))
    assert tab.violations() == []
    tab.quiet()
