"""What a user can call or set is written down."""

from pathlib import Path

import pytest

from parley.app import ROUTES
from parley.config import options
from parley.web.route import Route

GUIDE = Path(__file__).parents[2] / "docs/guide"


@pytest.mark.parametrize("route", ROUTES, ids=[f"{r.method} {r.path}" for r in ROUTES])
def test_every_route_is_listed(route: Route) -> None:
    text = (GUIDE / "compatibility.md").read_text()
    assert f"`{route.method} {route.path}`" in text


@pytest.mark.parametrize("name", [name for name, _, _ in options()])
def test_every_option_is_listed(name: str) -> None:
    text = (GUIDE / "running.md").read_text()
    assert f"| `--{name.replace('_', '-')}` | `PARLEY_{name.upper()}` |" in text


def test_relative_links_lead_somewhere() -> None:
    root = GUIDE.parents[1]
    for page in [*root.glob("*.md"), *root.glob("docs/**/*.md"), *root.glob("bench/*.md")]:
        for link in _links(page.read_text()):
            assert (page.parent / link).exists(), f"{page}: {link}"


def _links(text: str) -> list[str]:
    targets = [part.split(")")[0] for part in text.split("](")[1:]]
    return [t.split("#")[0] for t in targets if "://" not in t and t.split("#")[0]]
