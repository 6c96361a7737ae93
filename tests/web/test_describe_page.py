"""The document and its page over HTTP."""

import base64
import hashlib
import re
from html.parser import HTMLParser
from typing import Any

import msgspec

from parley import __version__
from parley.app import ROUTES
from parley.web.description import describe
from parley.web.description.page import render
from parley.web.route import Call, Dialect, Route
from tests.office import Office

HOSTILE = """<script>alert("1")</script> & `<b>` '"""


class Reader(HTMLParser):
    """Fails on an end tag that does not fit. Collects ids, links, elements and attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: set[str] = set()
        self.elements: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""
        self._open: list[str] = []
        self.feed(page)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.attributes |= {name for name, _ in attrs}
        found = dict(attrs)
        self.ids += [found["id"] or ""] if "id" in found else []
        self.links |= {found["href"] or ""} if "href" in found else set()
        if tag not in {"meta", "br", "wbr"}:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


async def test_the_document_is_served_as_it_is_made(sqlite_office: Office) -> None:
    http = sqlite_office.http
    answer = await http.get("/api/docs/openapi.json")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.json() == msgspec.to_builtins(describe(ROUTES, __version__))
    again = {"if-none-match": answer.headers["etag"]}
    same = await http.get("/api/docs/openapi.json", headers=again)
    assert (same.status_code, same.content) == (304, b"")
    assert same.headers["etag"] == answer.headers["etag"]
    assert (await http.get("/api/docs", headers=again)).status_code == 200


async def test_the_page_shows_every_operation_and_loads_nothing(sqlite_office: Office) -> None:
    answer = await sqlite_office.http.get("/api/docs")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-content-type-options"] == "nosniff"
    [style] = re.findall(r"<style>(.*?)</style>", answer.text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = answer.headers["content-security-policy"].split("; ")
    assert set(policy) == {
        "default-src 'none'",
        f"style-src 'sha256-{digest}'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    }
    page = Reader(answer.text)
    assert page.elements.isdisjoint({"script", "link", "img", "iframe", "form", "object"})
    assert page.attributes.isdisjoint({"style", "src", "srcset"})
    assert "url(" not in style
    assert "@import" not in style
    inside = {link[1:] for link in page.links if link.startswith("#")}
    assert page.links - {f"#{name}" for name in inside} == {"docs/openapi.json"}
    assert inside <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))
    document = describe(ROUTES)
    for ways in document["paths"].values():
        for operation in ways.values():
            assert operation["operationId"] in inside
            assert operation["summary"].replace("`", "") in page.text
            assert operation["x-codeSamples"][0]["source"] in page.text


async def test_every_text_is_escaped() -> None:
    async def act(services: Any, call: Call) -> None: ...

    act.__doc__ = HOSTILE + "\n\n" + HOSTILE
    name = msgspec.defstruct("Name", [("a", str)], namespace={"__doc__": HOSTILE})
    field = msgspec.field(name=HOSTILE.replace('"', ""))
    body = msgspec.defstruct("Body", [("a", name, field), ("b", str, msgspec.field(default="<i>"))])
    route = Route("POST", "/a/:<i>", act, Dialect.L, (HOSTILE,), body=body, answer=name)
    page = render(describe([route], HOSTILE))
    assert Reader(page).text.count("<script>alert(") > 5
    assert "<script" not in page
    assert "<i>" not in page
    assert "<b>&" not in page
