"""What all tests share: the flag that refreshes expected texts."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.product import built, sheets  # noqa: F401  fixtures for all tests


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--refresh-golden", action="store_true", help="write the expected texts anew instead of comparing (not in CI)"
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "golden: compares with expected texts in files (`make golden` writes them anew)")
    if config.getoption("--refresh-golden") and os.environ.get("CI", "").lower() == "true":
        raise pytest.UsageError("--refresh-golden does not run in CI: refresh at home, read the difference, commit it")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "golden" in getattr(item, "fixturenames", ()):
            item.add_marker("golden")


class Golden:
    """Compares a text with the one expected in a file, or writes that file when it is refreshed."""

    def __init__(self, refresh: bool):
        self.refresh = refresh

    def check(self, text: str, path: Path) -> None:
        """`text` is what `path` holds, to the letter."""
        if self.refresh:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert path.exists(), f"{path.name} is missing; write it with --refresh-golden and read it"
        assert text == path.read_text(encoding="utf-8")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """Expected texts in files; `--refresh-golden` writes them anew."""
    return Golden(bool(request.config.getoption("--refresh-golden")))


@pytest.fixture(autouse=True, scope="session")
def _own_cache(tmp_path_factory: pytest.TempPathFactory):
    """No test reads or writes the user's cache."""
    before = os.environ.get("DERIVGEN_CACHE")
    os.environ["DERIVGEN_CACHE"] = str(tmp_path_factory.mktemp("cache"))
    yield
    if before is None:
        del os.environ["DERIVGEN_CACHE"]
    else:
        os.environ["DERIVGEN_CACHE"] = before
