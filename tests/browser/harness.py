"""A real Chromium without a screen: pages opened as files, whatever they ask of a network or complain about noted, axe-core run.

Chromium comes from Debian's packages or from whoever installed it, axe-core from npm (`npm install` in this folder). Where
one of them is missing the tests are skipped, and say what is missing; in CI, where `.ci/run` installs them, they fail.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import pytest

AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
TIMEOUT = 200_000  # ms, for anything a page is asked to do


def missing(what: str) -> NoReturn:
    """Skip what cannot run here; fail where it has to."""
    if os.environ.get("CI"):
        pytest.fail(f"{what} is missing, and CI has to run the browser tests: see .ci/run")
    pytest.skip(f"{what} is missing: see `Browser tests` in CONTRIBUTING.md")


def chromium() -> str:
    """The browser's program."""
    named = os.environ.get("DERIVGEN_CHROMIUM")
    found = named or next((path for name in PROGRAMS if (path := shutil.which(name))), None)
    return found if found is not None else missing("Chromium")


@contextmanager
def browser() -> Iterator[Any]:
    """A browser of its own, ended at the end."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        missing("playwright")
    program = chromium()
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        try:
            yield launched
        finally:
            launched.close()


@dataclass
class Tab:
    """One page, opened as a file; `asked` is what it wanted from a network, `complaints` its errors and warnings."""

    page: Any
    asked: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def quiet(self) -> None:
        """Nothing was asked of a network, and nothing complained."""
        assert self.asked == []
        assert self.complaints == []

    def wait(self, expression: str, seconds: float = TIMEOUT / 1000) -> None:
        """Until something holds on the page; asked from outside, since a strict page lets nothing be evaluated in it."""
        for _ in range(int(seconds * 50)):
            if self.page.evaluate(expression):
                return
            self.page.wait_for_timeout(20)
        raise AssertionError(f"this did not come true: {expression}")

    def violations(self, **options: object) -> list[str]:
        """What axe-core finds, as `rule: what, where`."""
        if not AXE.exists():
            missing("axe-core")
        frame = self.page.context.new_cdp_session(self.page)  # past the page's own Content-Security-Policy
        world = frame.send("Page.createIsolatedWorld", {"frameId": _main_frame(frame), "worldName": "axe"})
        here = {"contextId": world["executionContextId"], "awaitPromise": True, "returnByValue": True}
        frame.send("Runtime.evaluate", {"expression": AXE.read_text(encoding="utf-8") + "\n;0", **here})
        asked = f"axe.run(document, {json.dumps(options)}).then(r => JSON.stringify([r.violations, r.passes.length]))"
        answer = frame.send("Runtime.evaluate", {"expression": asked, **here})
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        found, passed = json.loads(answer["result"]["value"])
        assert passed > 5, "axe-core looked at next to nothing"
        return [
            f"{rule['id']}: {rule['help']}, {node['target']}, {node['html'][:150]}" for rule in found for node in rule["nodes"]
        ]


def _main_frame(session: Any) -> str:
    return session.send("Page.getFrameTree")["frameTree"]["frame"]["id"]


@contextmanager
def tab(launched: Any, file: Path, **context: Any) -> Iterator[Tab]:
    """A file in a new window, with nothing kept from others; `context` sets its size, colours, language, …"""
    window = launched.new_context(**context)
    window.set_default_timeout(TIMEOUT)
    opened = Tab(window.new_page())
    opened.page.on("request", lambda request: _note(opened, request.url, file))
    opened.page.on("pageerror", lambda error: opened.complaints.append(str(error)))
    opened.page.on("console", lambda said: opened.complaints.append(said.text) if said.type in {"error", "warning"} else None)
    try:
        opened.page.goto(file.as_uri())
        yield opened
    finally:
        window.close()


def _note(opened: Tab, url: str, file: Path) -> None:
    if url.partition("#")[0] != file.as_uri() and not url.startswith(("data:", "blob:")):
        opened.asked.append(url)
