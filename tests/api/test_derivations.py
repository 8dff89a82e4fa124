"""The Python API says what `derive --json` says, shows itself, and can be trusted to stay as it is."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import FrozenInstanceError
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

import derivgen
from tests.product import ROOT, SPECS

AND_GATE = ROOT / "specs/notes/002_and_gate_numbers.yaml"


def as_text(value: object) -> object:
    """A number or a tuple of them as `derive --json` writes it."""
    if isinstance(value, tuple):
        return [as_text(each) for each in value]
    return None if value is None else str(value) if isinstance(value, Fraction) else Decimal(str(value))


def read(written: object) -> object:
    """What `derive --json` writes, fractions as text, decimals as numbers."""
    if isinstance(written, list):
        return [read(each) for each in written]
    return Decimal(written) if isinstance(written, str) and "." in written else written


@pytest.mark.parametrize("path", SPECS[::4], ids=lambda path: path.stem)
def test_it_says_what_the_json_says(path: Path) -> None:
    net = derivgen.derive(path)
    told = net.as_dict()
    assert net.loss == told["loss"]
    arrays = [name for name, quantity in told["quantities"].items() if "shape" in quantity]
    assert list(net.gradients) == [name for name in told["gradients"] if name not in arrays]
    for name, gradient in net.gradients.items():
        said = told["gradients"][name]
        if said["value"] is not None:
            assert as_text(gradient.value) == read(said["value"])
            assert gradient.decimal == (tuple(said["decimal"]) if isinstance(said["decimal"], list) else said["decimal"])
        assert gradient.expression == said["expression"]
        assert repr(gradient).startswith("∂")
        assert gradient.sympy() is not None
    for name, value in net.values.items():
        said = told["quantities"][name]["value"]
        if said is not None:
            assert as_text(value if isinstance(value, tuple) else (value,)) == read(said)


def test_one_value_per_sample_is_a_tuple() -> None:
    net = derivgen.derive(AND_GATE, wrt=["Z_3", "W_13"])
    assert net.values["Z_3"] == (Fraction(3, 2), Fraction(1, 2), Fraction(1, 2), Fraction(-1, 2))
    decimals = net.gradients["Z_3"].decimal
    assert isinstance(decimals, tuple)
    assert len(decimals) == 4
    assert isinstance(net.gradients["W_13"].value, Decimal)


def test_without_numbers() -> None:
    net = derivgen.derive(derivgen.loads("equations: L = (y - w*x)^2\ninputs: [x]\ntargets: [y]"))
    gradient = net.gradients["w"]
    assert (gradient.value, gradient.decimal, dict(net.values)) == (None, None, {})
    assert repr(gradient) == "∂L/∂w = -2·(y - w·x)·x"


def test_one_quantity_by_another() -> None:
    spec = derivgen.loads("equations: |\n  a = w*x\n  b = a^2\n  L = (y - b)^2\nvalues: {w: 2, x: 3, y: 1}\nwrt: [b/w]")
    gradient = derivgen.derive(spec).gradients["b/w"]
    assert gradient.value == 36
    assert repr(gradient).startswith("∂b/∂w = ")


def test_wrt_is_a_name_or_several() -> None:
    assert list(derivgen.derive(AND_GATE, wrt="b_5").gradients) == ["b_5"]
    assert list(derivgen.derive(str(AND_GATE), wrt=("b_5", "W_35")).gradients) == ["b_5", "W_35"]


def test_everything_is_frozen() -> None:
    net = derivgen.derive(AND_GATE)
    for thing in (net, net.gradients["b_5"], net.piece("chain b_5"), net.notes()):
        with pytest.raises(FrozenInstanceError):
            thing.name = "other"  # type: ignore[misc, union-attr]
    with pytest.raises(TypeError):
        net.values["b_5"] = 1  # type: ignore[index]


def test_short_names_of_themselves() -> None:
    net = derivgen.derive(AND_GATE)
    assert repr(net.spec).startswith("<spec '002_and_gate_numbers': … Loss = ")
    assert repr(net.notes()) == f"<notes of {net.spec.title!r}>"
    assert repr(net.piece(" chain   W_13 ")) == "<piece 'chain W_13'>"
    assert len(repr(net)) < 150


def test_a_drawing_shows_itself_as_svg_and_a_chain_as_mathematics() -> None:
    net = derivgen.derive(AND_GATE)
    drawing, chain = net.piece("drawing"), net.piece("chain W_13")
    assert drawing.is_drawing
    assert str(drawing._repr_svg_()).startswith("<svg")
    assert drawing._repr_markdown_() is None
    assert drawing._repr_latex_() is None
    assert not chain.is_drawing
    assert chain._repr_svg_() is None
    assert net.gradients["W_13"]._repr_latex_().startswith(r"$\displaystyle \frac{\partial \mathrm{Loss}}{\partial W_{13}} = ")


def test_pages_are_saved_in_any_format(tmp_path: Path) -> None:
    net = derivgen.derive(ROOT / "specs/small/one_neuron.yaml")
    saved = net.worksheet().save(tmp_path / "new", "tex", "html", "pdf")
    assert [path.name for path in saved] == ["worksheet.tex", "worksheet.html", "worksheet.pdf"]
    assert saved[0].read_text(encoding="utf-8") == net.worksheet().tex
    assert saved[2].read_bytes().startswith(b"%PDF")
    assert "<input" in net.worksheet().html, "a worksheet on the screen can be filled in"
    with pytest.raises(derivgen.UserError, match="no whole pages in the format 'svg'"):
        net.notes().save(tmp_path, "tex", "svg")
    assert not (tmp_path / "notes.tex").exists(), "all or nothing"


def test_mistakes_are_the_users_errors(tmp_path: Path) -> None:
    net = derivgen.derive(AND_GATE)
    with pytest.raises(derivgen.UserError, match="did you mean W_14"):
        net.piece("chain W_41")
    with pytest.raises(derivgen.SpecError, match="there is no file"):
        derivgen.load(tmp_path / "none.yaml")
    with pytest.raises(derivgen.UserError, match="no pieces in the format 'doc'"):
        derivgen.render(net.piece("chain W_13"), "doc")
    with pytest.raises(derivgen.SpecError, match="no name matches nothing"):
        derivgen.derive(AND_GATE, wrt="nothing")
    with pytest.raises(AttributeError, match="no attribute 'lod'"):
        derivgen.lod  # noqa: B018


def test_nothing_is_imported_before_it_is_used() -> None:
    """… and `render` is a function, whether the room `rendering` was imported before or not; no module is changed on import."""
    program = (
        "import sys, derivgen; dir(derivgen); derivgen.UserError; "
        "heavy = ('sympy', 'mpmath', 'numpy', 'lark', 'yaml', 'jinja2', 'rich', 'IPython', 'markdown_it');"
        "print([name for name in heavy if name in sys.modules]); first = derivgen.render; derivgen.derive;"
        "from derivgen.rendering import FORMATS;"
        "print(first is derivgen.render, callable(derivgen.render), 'sympy' in sys.modules);"
        "print({type(module) is type(sys) for name, module in sys.modules.items() if name.partition('.')[0] == 'derivgen'})"
    )
    ran = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, cwd=ROOT, timeout=1200)
    assert (ran.stdout, ran.stderr) == ("[]\nTrue True False\n{True}\n", "")
