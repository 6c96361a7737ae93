"""Finding visitors: by what they are called, and none who is gone."""

import json
import string
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from parley.db import Database, Tx
from parley.db.documents import fold, insert
from parley.jobs import Worker
from parley.visitors import search
from parley.visitors.search import search_visitors, suggest_visitors
from parley.visitors.store import Visitor, insert_visitor
from parley.work import JOBS
from tests.db.test_plans import explained, watched
from tests.office import Client, Json, Office

NEWEST_FIRST = "v.ts DESC, v.id DESC"


async def names(person: Client, term: str, **query: Any) -> list[str]:
    found = await person.get("livechat/visitors.search", term=term, **query)
    assert found["count"] == len(found["visitors"])
    assert "partial" not in found
    return [visitor.get("name", visitor["username"]) for visitor in found["visitors"]]


async def test_what_a_term_finds(office: Office) -> None:
    anna = await office.agent()
    await office.visitor(id="1", name="María Núñez", email="Maria@Shop.example", phone="+1 555")
    await office.visitor(id="2", name="Annemarie_100%", username="anne")
    await office.visitor(id="3", username="Straße")
    assert await names(anna, "mari") == ["Annemarie_100%", "María Núñez"]
    assert await names(anna, "NUNEZ") == ["María Núñez"]
    assert await names(anna, " MARIA@shop.example ") == ["María Núñez"]
    assert await names(anna, "+1 555") == ["María Núñez"]
    assert await names(anna, "strasse") == ["Straße"]
    assert await names(anna, "0%") == await names(anna, "e_1") == ["Annemarie_100%"]
    # Neither a part of an address nor of a number, and no text across two.
    for term in ("maria@shop", "555", "%", "nunez\nm", "annemarie anne", "nobody"):
        assert (term, await names(anna, term)) == (term, ["Annemarie_100%"] * (term == "%"))
    assert await names(anna, "") == ["Straße", "Annemarie_100%", "María Núñez"]
    assert await names(anna, "", count=1, offset=1) == ["Annemarie_100%"]
    assert await names(anna, "", sort='{"username":1}') == [
        "Annemarie_100%",
        "María Núñez",
        "Straße",
    ]
    page = await anna.get("livechat/visitors.search", term="", count=1, sort='{"name":-1}')
    assert (page["total"], page["offset"]) == (3, 0)
    [found] = page["visitors"]
    assert found == {
        "_id": "1",
        "username": "guest-2",
        "name": "María Núñez",
        "visitorEmails": [{"address": "maria@shop.example"}],
        "phone": [{"phoneNumber": "+1 555"}],
    }


async def test_refusals(office: Office) -> None:
    anna = await office.agent()
    path = "livechat/visitors.search"
    missing = "must have required property 'term' [invalid-params]"
    assert (await anna.refused("GET", path))[1]["error"] == missing
    for query in ({"term": "x" * 256}, {"term": "", "sort": '{"phone":1}'}, {"term": "", "x": "1"}):
        assert (await anna.refused("GET", path, params=query))[0] == 400
    assert (await office.nobody.refused("GET", path, params={"term": ""}))[0] == 401
    person = await office.person()
    for path in ("visitors.search?term=", "visitors.info?visitorId=x", "visitors.autocomplete"):
        assert (await person.refused("GET", f"livechat/{path}"))[0] == 403


async def test_a_visitor_by_id(office: Office) -> None:
    anna = await office.agent()
    visitor = await office.visitor(name="Maria", email="maria@shop.example")
    shown = await anna.get("livechat/visitors.info", visitorId=visitor.id)
    doc = {key: value for key, value in visitor.doc.items() if key != "token"}
    assert shown == {"visitor": doc, "success": True}
    query = {"visitorId": "nobody"}
    answer = await anna.refused("GET", "livechat/visitors.info", params=query)
    assert answer == (400, {"success": False, "error": "visitor-not-found"})


async def test_names_are_completed(office: Office) -> None:
    anna = await office.agent()
    for n, name in enumerate(["Mario", "maría", "Marc", "Anna Maria", ""]):
        await office.visitor(id=f"v{n}", username=f"user{n}", name=name)

    async def ask(**selector: Any) -> list[Json]:
        answer = await anna.get("livechat/visitors.autocomplete", selector=json.dumps(selector))
        items: list[Json] = answer["items"]
        return items

    assert [item["name"] for item in await ask(term="mar")] == ["Marc", "maría", "Mario"]
    assert await ask(term="MARI", exceptions=["v1"], conditions={"x": 1}) == [
        {"_id": "v0", "username": "user0", "name": "Mario", "custom_name": "user0 - Mario"}
    ]
    assert len(await ask()) == 4
    for n in range(12):
        await office.visitor(name=f"Zoe {n:02}")
    assert [item["name"] for item in await ask(term="z")] == [f"Zoe {n:02}" for n in range(10)]
    for selector in ("{", "[]", '{"term":1}', json.dumps({"term": "x" * 256})):
        query = {"selector": selector}
        assert (await anna.refused("GET", "livechat/visitors.autocomplete", params=query))[0] == 400


async def test_it_says_where_it_stopped(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the newest, whole addresses and beginnings are still found."""
    monkeypatch.setattr(search, "NEWEST", 2)
    anna = await office.agent()
    await office.visitor(name="Anna Maria", email="a@x.example", phone="1", username="first")
    await office.visitor(name="Maria Anna")
    assert await names(anna, "maria") == ["Maria Anna", "Anna Maria"]
    await office.visitor(name="Bob Anna")

    async def found(term: str) -> list[str]:
        answer = await anna.get("livechat/visitors.search", term=term)
        assert answer["partial"] is True
        assert answer["total"] == answer["count"]
        return [visitor["name"] for visitor in answer["visitors"]]

    assert await found("maria") == ["Maria Anna"]
    for term in ("anna m", "a@x.example", "1", "FIRST"):
        assert await found(term) == ["Anna Maria"]
    assert await found("anna") == ["Bob Anna", "Maria Anna", "Anna Maria"]
    assert len(await names(anna, "")) == 3


async def test_each_part_has_its_index(db: Database) -> None:
    with watched() as asked:
        await db.read(search_visitors, "maria", NEWEST_FIRST, 50, 0)
        await db.read(search_visitors, "", NEWEST_FIRST, 50, 0)
        await db.read(suggest_visitors, "maria", [])
    plans = [await explained(db, each) for each in asked]
    wanted = {f"visitors_{each}" for each in ("email", "phone", "name", "username", "newest")}
    for plan in plans[:2]:
        assert wanted <= plan.indexes, plan.text
    for plan in plans:
        assert "visitors" not in plan.scans, plan.text
    for plan, index in ((plans[3], "visitors_newest"), (plans[4], "visitors_name")):
        assert not plan.sorts, plan.text
        assert index in plan.indexes


text = st.text(st.sampled_from(string.ascii_letters[:4] + "ÄäßéİΣς %_\\1"), min_size=1, max_size=6)


@pytest.mark.parametrize("engine", ["sqlite", "postgres"], indirect=True)
async def test_a_part_of_a_name_finds_it(db: Database) -> None:
    pairs: list[tuple[str, str]] = []

    @settings(max_examples=150, deadline=None)
    @given(text, text)
    @example("İstanbul", "i")
    @example("Σας", "σασ")
    def collect(name: str, term: str) -> None:
        pairs.append((name, term))

    collect()
    pairs = [(name, term) for name, term in pairs if name.strip() and fold(term.strip())]

    async def fill(tx: Tx) -> None:
        for n, (name, _) in enumerate(pairs):
            doc = {
                "_id": f"v{n:03}",
                "username": "u",
                "name": name,
                "ts": f"{n:03}",
                "token": f"{n}",
            }
            await insert_visitor(tx, Visitor(doc, f"t{n}", "c"))

    await db.act(fill)
    for _, term in pairs:
        expected = [
            f"v{n:03}"
            for n, (name, _) in enumerate(pairs)
            if fold(term.strip()) in fold(name) or fold(term.strip()) in "u"
        ]
        found = await db.read(search_visitors, term, "v.id", 1000, 0)
        assert [visitor["_id"] for visitor in found.visitors] == expected, term
        assert found.total == len(expected)


async def test_visitors_of_before_are_found_once_the_job_has_run(office: Office) -> None:
    anna = await office.agent()

    async def old(tx: Tx) -> None:
        for n in range(450):
            doc = {"_id": f"v{n:03}", "username": f"u{n}", "name": "Old", "ts": "2020"}
            await insert(tx, "visitors", doc, token=f"t{n}", contact_id="c")
        await tx.rows(
            "INSERT INTO jobs (id, kind, doc, state, created_at, run_at, attempts)"
            " VALUES ('j', 'visitors-searchable', '{}', 'waiting', '2000', '2000', 0)"
        )

    await office.db.act(old)
    assert await names(anna, "old") == []
    await Worker(office.db, JOBS).run_what_is_due()
    assert (await anna.get("livechat/visitors.search", term="old"))["total"] == 450
