"""The documentation as a site: Sphinx reads the same Markdown that a forge shows.

The source is the whole repository, so that a link from one page to another is the same link in
both. `./dev docs` builds it; every warning is an error.
"""

import re
from pathlib import Path
from typing import Any

from parley import __version__

project = "Parley"
author = "Parley contributors"
copyright = author
release = version = __version__

extensions = ["myst_parser"]
root_doc = "docs/index"
include_patterns = ["docs/**", "bench/README.md", "[A-Z]*.md"]
exclude_patterns = [
    "README.md",
    "docs/README.md",
    "**/.*",
    ".*",
    "build",
    "dist",
    "node_modules",
    "src",
    "tests",
]
nitpicky = True
smartquotes = False  # it makes a dash of --data

myst_heading_anchors = 3
myst_enable_extensions: list[str] = []

html_theme = "furo"
html_title = f"Parley {__version__}"
html_extra_path = ["site"]
html_static_path = ["style"]
html_css_files = ["tables.css"]
html_copy_source = False
html_show_sphinx = False


_HEADING = re.compile(r"^## (.+)$", re.MULTILINE)
_PAGE = re.compile(r"^[-|].*?\[[^\]]+\]\(([^)#:]+\.md)\)", re.MULTILINE)


def contents(text: str) -> str:
    """The tables of contents of an index page: one for each heading, of the pages it lists."""
    _, *parts = _HEADING.split(text)
    tables = []
    for caption, part in zip(parts[::2], parts[1::2], strict=True):
        pages = "\n".join(page.removesuffix(".md") for page in _PAGE.findall(part))
        if pages:
            tables.append(f"\n```{{toctree}}\n:hidden:\n:caption: {caption}\n\n{pages}\n```\n")
    return "".join(tables)


def add_contents(app: Any, name: str, source: list[str]) -> None:
    """An index page stays plain Markdown: what it lists is the table of contents."""
    if Path(name).name == "index":
        source[0] += contents(source[0])


def setup(app: Any) -> None:
    app.connect("source-read", add_contents)
