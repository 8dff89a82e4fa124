"""A Sphinx extension: derivations, drawings and worksheets in course notes, in HTML, LaTeX and whatever else Sphinx writes.

In `conf.py`: `extensions = ["derivgen.sphinx"]`. The directives and what they take stand in `docs/sphinx.md`.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from derivgen import __version__

if TYPE_CHECKING:
    from sphinx.application import Sphinx

STYLE = Path(__file__).with_name("derivgen.css")
MATHS = ("mathml", "sphinx")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the configuration, the nodes with what writes them, the directives and the roles."""
    from sphinx.config import ENUM

    from derivgen.sphinx import directives, nodes, solutions

    app.add_config_value("derivgen_solutions", "folded", "env", ENUM(*solutions.MODES))
    app.add_config_value("derivgen_math", "mathml", "env", ENUM(*MATHS))
    app.add_config_value("derivgen_version", __version__, "env")  # another version reads every page anew
    app.connect("config-inited", _keep_sources_to_ourselves)
    app.connect("builder-inited", _write_style)
    app.add_css_file("derivgen.css")
    for part in (nodes, solutions, directives):
        part.register(app)
    return {"version": __version__, "env_version": 2, "parallel_read_safe": True, "parallel_write_safe": True}


def _write_style(app: Sphinx) -> None:
    """Write one style sheet: that of the pieces, and what is Sphinx's own."""
    from derivgen.rendering.html import piece_style

    if app.builder.format == "html":
        folder = Path(app.outdir) / "_static"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / STYLE.name).write_text(piece_style() + STYLE.read_text(encoding="utf-8"), encoding="utf-8")


def _keep_sources_to_ourselves(app: Sphinx, config: Any) -> None:
    """Keep the pages' sources, in which the author's own solutions stand, out of a site without solutions; an older copy goes."""
    if config.derivgen_solutions == "none":
        config.html_copy_source = False
        shutil.rmtree(Path(app.outdir) / "_sources", ignore_errors=True)
