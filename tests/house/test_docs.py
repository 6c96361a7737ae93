"""What a user can call, set, run or read is written down; no page is stale, no link is dead."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from docs.generator.events import STREAMS, described
from docs.generator.operations import OPERATIONS, SERVED, departures
from docs.generator.pages import PAGES
from docs.generator.process import commands, flag
from docs.generator.source import UNKNOWN, emitted, pages
from parley.accounts.roles import GRANTS
from parley.config import options
from parley.preferences.service import DEFINITIONS

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs/reference"


def written(page: str) -> str:
    return (REFERENCE / page).read_text()


@pytest.mark.parametrize("name", PAGES)
def test_the_reference_is_what_the_source_says(name: str) -> None:
    assert written(name) == PAGES[name](), f"docs/reference/{name} is stale: run ./dev docs"


def test_everything_is_listed() -> None:
    listed = {
        "routes.md": [f"`{name}`" for name in SERVED],
        "operations.md": [f"`{name}`" for name in [*SERVED, *(op.name for op in OPERATIONS)]],
        "options.md": [f"`{flag(name)}`" for name, _, _ in options()],
        "commands.md": [f"## {name}" for name, _ in commands()],
        "settings.md": [f"| `{name}` |" for name in DEFINITIONS],
        "permissions.md": [f"| `{name}` |" for name in GRANTS],
        "events.md": [f"| `{event.kind}` |" for event in emitted()],
    }
    assert listed.keys() == PAGES.keys()
    missing = {
        page: [name for name in names if name not in written(page)]
        for page, names in listed.items()
    }
    assert missing == {page: [] for page in listed}


def test_every_event_says_what_happened() -> None:
    """The texts stand in docs/generator/events.toml."""
    found = {(event.stream, event.kind) for event in emitted()}
    assert not [kind for _, kind in found if UNKNOWN in kind], "write the kind where it is emitted"
    told = {(stream, kind) for stream, kinds in described().items() for kind in kinds}
    assert (found - told, told - found) == (set(), set())
    assert {stream for stream, _ in found} <= STREAMS.keys()


def test_what_differs_is_told_of_operations_that_are_served() -> None:
    """The texts stand in docs/generator/departures.toml."""
    differs, ours = departures()
    assert (differs.keys() | ours.keys()) - SERVED.keys() == set()
    assert not ours.keys() & {operation.name for operation in OPERATIONS}
    assert len({operation.name for operation in OPERATIONS}) == len(OPERATIONS) == 179


def test_every_page_for_browsers_and_probes_is_in_the_guide() -> None:
    guide = " ".join(page.read_text() for page in (ROOT / "docs/guide").glob("*.md"))
    # /reset-password/{token} is told as /reset-password.
    paths = {re.sub(r"/\{.*", "", path) or "/" for path in pages()}
    assert {path for path in paths if not re.search(rf"[` ]{re.escape(path)}[`/?]", guide)} == set()


def test_relative_links_lead_somewhere() -> None:
    """Of all pages, those too that are not in the site."""
    for page in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("bench/*.md")]:
        for link in _links(page.read_text()):
            assert (page.parent / link).exists(), f"{page}: {link}"


def _links(text: str) -> list[str]:
    text = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    targets = [part.split(")")[0] for part in text.split("](")[1:]]
    return [t.split("#")[0] for t in targets if "://" not in t and t.split("#")[0]]


def test_the_site_builds_without_a_warning_and_loads_nothing_from_elsewhere(tmp_path: Path) -> None:
    """Sphinx checks the links between pages, with their anchors, and that each page is listed."""
    strict = ["--fail-on-warning", "--nitpicky", "--keep-going", "--quiet"]
    folders = [
        "--doctree-dir",
        f"{tmp_path}/doctrees",
        "--conf-dir",
        "docs",
        ".",
        f"{tmp_path}/site",
    ]
    command = [sys.executable, "-m", "sphinx", *strict, *folders]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    loaded = [
        f"{page.relative_to(tmp_path)}: {tag}"
        for page in (tmp_path / "site").rglob("*.html")
        for tag in re.findall(r"<[^>]+>", page.read_text())
        # A link that a person may follow is no load.
        if not tag.startswith("<a ") and re.search(r"(src|href|srcset|data)=.(https?:)?//", tag)
    ]
    assert loaded == []
    styles = [file.read_text() for file in (tmp_path / "site").rglob("*.css")]
    assert not [s for s in styles if re.search(r"(@import|url\()\s*[\"']?(https?:)?//", s)]
