"""How the documents become a site: ``make docs`` builds it offline, and a warning stops it."""

import sys
from pathlib import Path

from docutils import nodes

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

import generated  # noqa: E402  (stands beside this file, which Sphinx does not put on the path)
from latex2mathml.converter import convert  # noqa: E402

import sim  # noqa: E402

project = "Parley"
author = "The Parley developers"
project_copyright = author
release = version = sim.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
# Formulas become MathML when the site is built: browsers draw it themselves, and no page loads anything from outside.
html_math_renderer = "mathml"
exclude_patterns = ["_build"]
myst_enable_extensions = ["deflist", "dollarmath"]
myst_heading_anchors = 4
suppress_warnings = ["myst.header"]

autodoc_typehints = "none"
autodoc_member_order = "bysource"
napoleon_google_docstring = False
napoleon_use_ivar = True
napoleon_use_rtype = False

html_theme = "furo"
html_title = "Parley"
html_static_path = []
html_show_sphinx = False


def inline_formula(self, node):
    """Draw a formula within a line."""
    self.body.append(convert(node.astext()))
    raise nodes.SkipNode


def formula(self, node):
    """Draw a formula on a line of its own."""
    self.body.append(f'<div class="math">{convert(node.astext().replace(chr(92) * 2, " "), display="block")}</div>')
    raise nodes.SkipNode


def setup(app):
    """Draw formulas, and write the generated pages of the reference before Sphinx looks for pages."""
    app.add_html_math_renderer("mathml", (inline_formula, None), (formula, None))
    generated.write(HERE / "reference" / "generated")
