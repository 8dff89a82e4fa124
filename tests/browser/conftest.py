"""The browser, started once for the tests of this folder and ended with them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.browser.harness import Tab, browser, tab


@pytest.fixture(scope="package")
def chrome() -> Iterator[Any]:
    """A real Chromium without a screen."""
    with browser() as launched:
        yield launched


@pytest.fixture
def opened(chrome: Any) -> Iterator[Callable[..., Tab]]:
    """Opens a file in a window of its own; `opened(path, viewport=…, color_scheme="dark", locale="pt-PT")`."""
    with ExitStack() as windows:

        def open_(file: Path, **context: Any) -> Tab:
            return windows.enter_context(tab(chrome, file, **context))

        yield open_
