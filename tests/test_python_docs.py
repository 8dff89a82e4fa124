"""docs/python.md is true: each of its examples gives what it says."""

from __future__ import annotations

import doctest
from pathlib import Path

import pytest

from tests.test_texts import blocks


def test_the_examples_of_the_manual(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (_, spec), *_ = blocks("docs/python.md", "yaml")
    (tmp_path / "net.yaml").write_text(spec, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    text = "\n".join(block for _, block in blocks("docs/python.md", "python"))
    test = doctest.DocTestParser().get_doctest(text, {}, "docs/python.md", None, 0)
    assert len(test.examples) > 20
    said: list[str] = []
    result = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test, out=said.append)
    assert result.failed == 0, "".join(said)
