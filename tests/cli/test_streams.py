"""What is printed arrives, whatever the streams are: in a narrow encoding, closed, or of a width that cannot be."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from derivgen.cli.output import readable
from tests.cli.conftest import Shell
from tests.product import ROOT

SPEC = """\
title: Você – 日
equations: |
  z = w*x
  yhat = sig(z)
  L = (y - yhat)^2
values: {w: 1/2, x: 2, y: 1}
"""


def test_signs_that_an_encoding_lacks_can_be_read(derivgen: Shell) -> None:
    derivgen.write("net.yaml", SPEC)
    narrow = derivgen("show", "net.yaml", PYTHONIOENCODING="ascii")
    assert (narrow.code, narrow.err) == (0, "")
    assert narrow.out.startswith("Voce - \\u65e5\n")
    assert "yhat = sig(z) = sig(1) ~ 0.73106" in narrow.out
    assert "dL/dw = dL/dyhat*(dyhat/dz)*(dz/dw)" in narrow.out
    wide = derivgen("show", "net.yaml")
    assert "∂L/∂w = ∂L/∂ŷ" in wide.out
    assert len(wide.out.splitlines()) == len(narrow.out.splitlines())


def test_messages_are_spelled_out_as_well(derivgen: Shell) -> None:
    said = derivgen("verify", "σ∂.yaml", PYTHONIOENCODING="ascii")
    assert (said.code, said.err.splitlines()[0]) == (2, "there is no file sigmad.yaml")


def test_the_plainest_of_locales(derivgen: Shell) -> None:
    """Python would write file names as they are and all else not at all."""
    derivgen.write("né.yaml", SPEC)
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    said = derivgen("show", "né.yaml", **plain)
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith("Voce - \\u65e5\n") and "dL/dw" in said.out
    if os.name == "posix":
        assert derivgen("build", "né.yaml", "--format", "tex", **plain).out.startswith("output/né/worksheet.tex\n")


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_json_says_the_same_in_every_encoding(encoding: str, derivgen: Shell) -> None:
    derivgen.write("net.yaml", SPEC)
    wide, narrow = derivgen("derive", "net.yaml", "--json"), derivgen("derive", "net.yaml", "--json", PYTHONIOENCODING=encoding)
    assert json.loads(narrow.out) == json.loads(wide.out)
    assert json.loads(narrow.out)["title"] == "Você – 日"


def test_pieces_keep_their_signs_in_every_encoding(derivgen: Shell) -> None:
    from html import unescape

    derivgen.write("net.yaml", SPEC)
    command = ("piece", "net.yaml", "chain", "w", "--to", "html")
    wide, narrow = derivgen(*command), derivgen(*command, PYTHONIOENCODING="ascii")
    assert "∂" in wide.out and narrow.out.isascii()
    assert unescape(narrow.out) == unescape(wide.out)


@pytest.mark.parametrize("width", ["-5", "0", "wide", "9" * 30, "1"])
def test_a_width_that_cannot_be(width: str, derivgen: Shell) -> None:
    said = derivgen("show", "spec.yaml", COLUMNS=width)
    assert (said.code, said.err) == (0, "")
    if width != "1":
        assert said.out == derivgen("show", "spec.yaml").out


@pytest.mark.skipif(os.name != "posix", reason="the shell closes the streams")
@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams(closed: str, derivgen: Shell) -> None:
    command = f'exec "{sys.executable}" -m derivgen build spec.yaml --format tex {closed}'
    ran = subprocess.run(
        ["sh", "-c", command],
        cwd=derivgen.folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=1200,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert derivgen.files("output") == ["spec/key.tex", "spec/notes.tex", "spec/worksheet.tex"]


def test_what_is_read_in_place_of_a_sign() -> None:
    assert "".join(map(readable, "x\u0302")) == "xhat"
    found = {sign: readable(sign) for sign in ("∂", "ŷ", "ã", "É", "λ", "Ω", "₁", "²", "½", "⊙", "日", "\udcff", "a")}
    assert found == {
        **{"∂": "d", "ŷ": "yhat", "ã": "a", "É": "E", "λ": "lambda", "Ω": "Omega", "₁": "_1", "²": "^2"},
        **{"½": "1/2", "⊙": "(.)", "日": "\\u65e5", "\udcff": "\\udcff", "a": "a"},
    }
