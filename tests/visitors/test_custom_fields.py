"""Custom fields: what an office asks, and what visitors may answer."""

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parley.db.documents import decode
from parley.jobs import Worker
from parley.visitors.patterns import matches, usable
from parley.work import JOBS
from tests.office import Client, Json, Office, Visitor


async def define(office: Office, key: str, scope: str = "visitor", **more: Any) -> Json:
    data = {"field": key, "label": key.title(), "scope": scope, "visibility": "visible", **more}
    answer = await office.admin.post("livechat/custom-fields.save", customFieldData=data)
    field: Json = answer["customField"]
    return field


def values(**given: str) -> list[Json]:
    return [{"key": key, "value": value, "overwrite": True} for key, value in given.items()]


async def visitor_doc(office: Office, visitor: Visitor) -> Json:
    doc: Json = (await office.nobody.get(f"livechat/visitor/{visitor.token}"))["visitor"]
    return doc


async def contact_doc(office: Office, visitor: Visitor) -> Json:
    sql = "SELECT c.doc FROM contacts c JOIN visitors v ON v.contact_id = c.id WHERE v.id = $1"
    return decode(await office.db.read(lambda q: q.value(sql, visitor.id)))


async def test_a_field_is_made_changed_listed_and_removed(office: Office) -> None:
    admin, anna = office.admin, await office.agent()
    made = await define(office, "plan", label="B", type="select", options="a,b", public=True)
    assert made.pop("_updatedAt")
    assert made == {
        "_id": "plan",
        "label": "B",
        "scope": "visitor",
        "visibility": "visible",
        "type": "select",
        "options": "a,b",
        "public": True,
    }
    await define(office, "size", "room", label="Ärger")
    listed = await anna.get("livechat/custom-fields")
    assert [field["_id"] for field in listed["customFields"]] == ["plan", "size"]
    assert (listed["count"], listed["offset"], listed["total"]) == (2, 0, 2)
    for query, keys in (
        ({"text": "arg"}, ["size"]),
        ({"text": "PLAN"}, ["plan"]),
        ({"sort": '{"scope":1}'}, ["size", "plan"]),
        ({"sort": '{"visibility":-1}'}, ["size", "plan"]),
        ({"count": 1, "offset": 1}, ["size"]),
    ):
        found = (await anna.get("livechat/custom-fields", **query))["customFields"]
        assert (query, [field["_id"] for field in found]) == (query, keys)
    data = {"field": "other", "label": "New", "scope": "room", "visibility": "hidden"}
    changed = await admin.post(
        "livechat/custom-fields.save", customFieldId="plan", customFieldData=data
    )
    assert "_id" not in changed["customField"]
    assert "field" not in changed["customField"]
    shown = (await anna.get("livechat/custom-fields/plan"))["customField"]
    assert shown == {"_id": "plan", **changed["customField"]}
    assert (shown["label"], shown["scope"], "options" in shown) == ("New", "room", False)
    await admin.post("livechat/custom-fields.delete", customFieldId="plan")
    assert (await anna.get("livechat/custom-fields/plan"))["customField"] is None
    kinds = [entry["t"] for entry in (await admin.get("audit.events"))["events"]]
    done = ["created", "created", "updated", "deleted"]
    ours = [kind for kind in kinds if kind.startswith("custom-field.")]
    assert ours == [f"custom-field.{what}" for what in reversed(done)]


async def test_refusals_of_definitions(office: Office) -> None:
    admin = office.admin
    await define(office, "plan")
    good = {"field": "a", "label": "A", "scope": "room", "visibility": "visible"}
    save, delete = "livechat/custom-fields.save", "livechat/custom-fields.delete"
    cases: list[tuple[str, Json, Json]] = [
        (
            save,
            {"customFieldData": good | {"field": "plan"}},
            {"error": "Custom Field already exists"},
        ),
        (
            save,
            {"customFieldData": good, "customFieldId": "nope"},
            {"error": "Custom Field Not found"},
        ),
        (delete, {"customFieldId": "nope"}, {"error": "Custom field not found"}),
        (delete, {}, {"error": "must have required property 'customFieldId'"}),
        (
            save,
            {"customFieldData": good | {"field": "a b"}},
            {"error": 'must match pattern "^[0-9a-zA-Z_-]+$"'},
        ),
    ]
    for path, body, expected in cases:
        status, answer = await admin.refused("POST", path, json=body)
        assert (status, answer) == (400, answer | expected)
    for regexp in ("(", "(a+)+$", "(?<x>a)"):
        body = {"customFieldData": good | {"regexp": regexp}}
        assert (await admin.refused("POST", save, json=body))[0] == 400
    anna = await office.agent()
    assert (await anna.refused("POST", save, json={}))[0] == 403
    assert (await anna.refused("POST", delete, json={}))[0] == 403


async def test_a_visitor_fills_in_fields(office: Office) -> None:
    anna = await office.agent()
    await define(office, "plan", regexp="^[a-z]{2,5}$")
    await define(office, "order", "room")
    visitor = await office.visitor()
    room = (await visitor.room())["_id"]
    post = office.nobody.post
    own = {"token": visitor.token}
    field = {"key": "plan", "value": " gold ", "overwrite": True}
    answer = await post("livechat/custom.field", **own, **field)
    assert answer == {"field": field | {"value": "gold"}, "success": True}
    assert (await visitor_doc(office, visitor))["livechatData"] == {"plan": "gold"}
    assert (await contact_doc(office, visitor))["customFields"] == {"plan": "gold"}

    given = [
        {"key": "plan", "value": "lead", "overwrite": False},
        {"key": "order", "value": "7", "overwrite": False},
    ]
    answer = await post("livechat/custom.fields", **own, customFields=given)
    assert answer["fields"] == [
        {"Key": "order", "value": "7", "overwrite": False},
        {"Key": "plan", "value": "lead", "overwrite": False},
    ]
    assert (await visitor_doc(office, visitor))["livechatData"] == {"plan": "gold"}
    assert (await contact_doc(office, visitor))["conflictingFields"] == [
        {"field": "customFields.plan", "value": "lead"}
    ]
    shown = (await anna.get("rooms.info", roomId=room))["room"]
    assert shown["livechatData"] == {"order": "7"}

    for body, error in (
        (own | field | {"value": "GOLD"}, "Invalid value for plan field"),
        (own | field | {"key": "other"}, "invalid-custom-field"),
        (field | {"token": "nobody"}, "invalid-token"),
        (own | field | {"key": "order", "value": "x" * 256}, "Invalid value for order field"),
    ):
        refused = await office.nobody.refused("POST", "livechat/custom.field", json=body)
        assert refused == (400, {"success": False, "error": error})
    # All of them or none.
    both = {"token": visitor.token, "customFields": values(order="8", plan="GOLD")}
    assert (await office.nobody.refused("POST", "livechat/custom.fields", json=both))[0] == 400
    shown = (await anna.get("rooms.info", roomId=room))["room"]
    assert shown["livechatData"] == {"order": "7"}


async def test_registration_takes_fields_and_asks_for_required_ones(office: Office) -> None:
    await define(office, "plan", required=True)
    await define(office, "city", required=True)
    await define(office, "order", "room", required=True)
    token = (await office.visitor()).token  # who sends no form is not asked
    for sent, missing in (({"plan": "a"}, "city"), ({"plan": " ", "x": "y"}, "city, plan")):
        body = {"visitor": {"token": token, "name": "M", "customFields": values(**sent)}}
        error = f"Missing required custom fields: {missing}"
        answer = await office.nobody.refused("POST", "livechat/visitor", json=body)
        assert answer == (400, {"success": False, "error": error})
    fields = values(plan="gold", city="Bonn", unknown="x")
    visitor = await office.visitor(token=token, customFields=fields)
    assert visitor.doc["livechatData"] == {"plan": "gold", "city": "Bonn"}
    fresh = await office.visitor(customFields=fields)
    assert (await contact_doc(office, fresh))["customFields"] == {"plan": "gold", "city": "Bonn"}
    # What is there need not be given again; the open room's fields go to the room.
    await office.agent()
    room = await visitor.room()
    again = [{"key": "plan", "value": "lead", "overwrite": False}, *values(order="7")]
    visitor = await office.visitor(token=token, customFields=again)
    assert visitor.doc["livechatData"] == {"plan": "gold", "city": "Bonn"}
    assert (await visitor.room())["livechatData"] == {"order": "7"}
    assert "livechatData" not in room


async def found(person: Client, term: str) -> int:
    total: int = (await person.get("livechat/visitors.search", term=term))["total"]
    return total


async def test_a_field_can_become_searchable_and_stop(office: Office) -> None:
    anna = await office.agent()
    worker = Worker(office.db, JOBS)
    await define(office, "plan", searchable=True)
    await define(office, "city")
    await office.visitor(customFields=values(plan="Gold", city="Köln"))
    assert (await found(anna, "old"), await found(anna, "koln")) == (1, 0)
    for key, searchable in (("city", True), ("plan", False)):
        data = {"field": key, "label": key, "scope": "visitor", "visibility": "visible"}
        await office.admin.post(
            "livechat/custom-fields.save",
            customFieldId=key,
            customFieldData=data | {"searchable": searchable},
        )
    await worker.run_what_is_due()
    assert (await found(anna, "old"), await found(anna, "koln")) == (0, 1)
    await office.admin.post("livechat/custom-fields.delete", customFieldId="city")
    await worker.run_what_is_due()
    assert await found(anna, "koln") == 0


@pytest.mark.parametrize(
    "pattern",
    [
        r"^[\w.+-]+@[\w-]+\.[\w.-]+$",
        r"^\+?\d{1,3}[- ]?\(?\d{3,4}\)?[- ]?\d{4,10}$",
        r"^(yes|no)$",
        r"^(\d{3}-){2,}\d$",
        r"[a-z]",
        r"^[^@\]]+\/$",
    ],
)
def test_what_offices_use_is_usable(pattern: str) -> None:
    assert usable(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        r"^(a+)+$",
        r"^(a|a)*$",
        r"^(a?){40}a{40}$",
        r"^(.*)*$",
        r"(x+x+)+y",
        r".*.*.*=.*",
        r"^\d*\d*\d*\d*\d*$",
        r"^((a|b)+)+$",
        r"^(([a-z])+.)+[A-Z]$",
        r"^(?:(?:a{0,9}){9}){9}b$",
        "a" * 256,
        r"\p{L}",
        r"(?=(a+))+\1",
        "(",
        ")",
        "[",
        "a**",
        "(?i)a",
    ],
)
def test_what_could_be_slow_or_is_none_is_refused(pattern: str) -> None:
    assert not usable(pattern)


pieces = st.sampled_from([r"\d", "[a-c]", "a", "b", ".", "(a|b)", "(ab)", "(?:c)"])
quantifiers = st.sampled_from(["", "", "?", "*", "+", "{2}", "{1,3}"])
patterns = st.lists(st.tuples(pieces, quantifiers), max_size=4).map(
    lambda parts: "^" + "".join(a + b for a, b in parts) + "$"
)


@settings(max_examples=300, deadline=None)
@given(patterns, st.text("abc1-", max_size=8))
def test_a_usable_pattern_means_what_it_says(pattern: str, value: str) -> None:
    if usable(pattern):
        assert matches(pattern, value) == bool(re.search(pattern, value))
        assert not matches(pattern, "a" * 256)
