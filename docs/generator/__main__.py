"""Writes the reference pages: python -m docs.generator"""

from pathlib import Path

from docs.generator.pages import PAGES

REFERENCE = Path(__file__).parents[1] / "reference"

for name, page in PAGES.items():
    file, text = REFERENCE / name, page()
    if not file.exists() or file.read_text() != text:
        file.write_text(text)
        print(f"written: docs/reference/{name}")  # noqa: T201, a command
