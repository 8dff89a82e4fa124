"""What is wrong in a spec or a directive is a warning at its line of the document, with the spec's own place; never a crash."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sphinx.site import NEURON, Build, build, site

RST = """\
A page
======

.. derivgen:: broken.yaml chain w

.. derivgen:: neuron.yaml chain q

.. derivgen:: chain w

.. derivgen:: nowhere.yaml chain w

Within a text: :derivgen:`neuron.yaml forward` and :derivgen:`chain w`.

.. derivgen:: neuron.yaml chain w

   equations: L = x

.. derivgen::
   :piece: chain w

   equations: |
     z = w*x
     L = (y - z)^2
   inputs: [x]
   targets: [y
   values: {w: 1}

.. derivgen-worksheet:: neuron.yaml
   :tasks: forwards

.. derivgen:: neuron.yaml forward; drawing
   :label: two

.. derivgen-drawing:: neuron.yaml forward

And the page goes on.
"""
MYST = """\
# Another

```{derivgen} chain w
equations: |
  z = w*x
  L = (y - sgi(z))^2
inputs: [x]
targets: [y]
```

```{derivgen}
:piece: chain q

equations: L = (y - w*x)^2
targets: [y]
```
"""
EXPECTED = {
    "index.rst:4": "broken.yaml:5:7: there is no function sigg",
    "index.rst:6": "there is no piece 'chain q'",
    "index.rst:8": "which spec is this about?",
    "index.rst:10": "there is no file",
    "index.rst:12": "cannot stand within a text",
    "index.rst:14": "not in both",
    "index.rst:25": "",
    "index.rst:28": "the worksheet has no task 'forwards'",
    "index.rst:31": "can have a label",
    "index.rst:34": "is no single drawing",
    "another.md:6": "there is no function sgi",
    "another.md:11": "there is no piece 'chain q'",
}


@pytest.fixture(scope="module")
def wrong(tmp_path_factory: pytest.TempPathFactory) -> Build:
    folder = tmp_path_factory.mktemp("wrong")
    broken = NEURON.replace("sig(", "sigg(")
    return build(
        site(folder, {"index.rst": RST, "another.md": MYST, "broken.yaml": broken, "neuron.yaml": NEURON}, "root_doc = 'index'\n")
    )


@pytest.mark.parametrize("place", EXPECTED)
def test_a_warning_at_its_place(wrong: Build, place: str) -> None:
    told = [line for line in wrong.complaints.splitlines() if f"/{place}: WARNING: " in line]
    assert told, wrong.complaints
    assert EXPECTED[place] in told[0]


def test_each_warning_says_what_to_do(wrong: Build) -> None:
    assert wrong.complaints.count("hint: ") >= 8
    assert "did you mean sig?" in wrong.complaints
    assert "    a = sigg(z)" in wrong.complaints
    assert "        ^^^^" in wrong.complaints
    assert "[derivgen.spec]" in wrong.complaints
    assert "Traceback" not in wrong.complaints


def test_the_rest_of_the_page_is_there(wrong: Build) -> None:
    assert wrong.code == 0
    assert "And the page goes on." in wrong.page("index.html")


def test_with_warnings_as_errors_the_build_fails(tmp_path: Path) -> None:
    pages = {"index.rst": "A page\n======\n\n.. derivgen:: neuron.yaml chain q\n", "neuron.yaml": NEURON}
    assert build(site(tmp_path, pages), "html", "-W").code != 0


def test_a_false_gradient_is_a_warning_and_nothing_of_it_stands(tmp_path: Path) -> None:
    """A deliberately wrong derivative in the table of functions, as a plug-in of this site."""
    conf = (
        "from derivgen.maths import functions\n"
        "import dataclasses\n"
        "wrong = dataclasses.replace(functions.FUNCTIONS['sigmoid'], derivatives=('f*(1 - f)*2001/2000',))\n"
        "functions.FUNCTIONS = {**functions.FUNCTIONS, 'sigmoid': wrong}\n"
    )
    pages = {"index.rst": "A page\n======\n\n.. derivgen:: neuron.yaml\n", "neuron.yaml": NEURON}
    made = build(site(tmp_path, pages, conf))
    assert "the gradient by w is wrong: the chain gives -0.50025" in made.complaints
    assert "Backward pass" not in made.page("index.html")
