"""The manual: Sphinx with derivgen's own extension, everything drawn by the browser itself, no network needed."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

from derivgen import __version__

project = "derivgen"
author = "The derivgen authors"
project_copyright = author
version = release = __version__
extensions = ["myst_parser", "derivgen.sphinx", "registries"]
exclude_patterns = ["_build"]
numfig = True
nitpicky = True

myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3

derivgen_solutions = "folded"

html_theme = "furo"
html_title = "derivgen"
html_math_renderer = "mathml"
html_copy_source = False
html_show_sphinx = False
html_last_updated_fmt = None
