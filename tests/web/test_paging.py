"""`count`, `offset` and `sort` on two real lists (contract/core.md §2)."""

import json
from typing import Any
from urllib.parse import quote

import pytest

from parley.db.tx import Tx
from parley.departments.store import insert_department
from parley.web.paging import LARGEST
from tests.office import Client, Office

SMALL, LARGE = "must be >= 0", f"must be <= {LARGEST}"
DEEP = "[" * 20_000


async def with_departments(office: Office, number: int) -> Client:
    async def many(tx: Tx) -> None:
        for n in range(number):
            name = {"_id": f"d{n:04}", "name": f"n{n:04}", "enabled": n % 2 == 0}
            more = {"email": "x", "showOnRegistration": False, "showOnOfflineForm": False}
            await insert_department(tx, name | more)

    await office.db.act(many)
    return office.admin


async def ids(client: Client, query: str) -> list[str]:
    answer = (await client.call("GET", f"livechat/department?{query}")).json()
    assert answer["count"] == len(answer["departments"])
    return [department["_id"] for department in answer["departments"]]


async def test_count_and_offset(sqlite_office: Office) -> None:
    admin = await with_departments(sqlite_office, 1005)
    for query, size in {
        "": 50, "count=": 50, "count": 50, "count=7": 7, "count=7.9": 7, "count=0x10": 16,
        "count=100": 100, "count=101": 100, f"count={LARGEST}": 100, "count=1e3": 100,
        "count=0": 50, "count=0.9": 50, "count=-0": 50, "count[]=3": 3,
    }.items():  # fmt: skip
        assert len(await ids(admin, query)) == size, query
    for query, first in {
        "": 0,
        "offset=": 0,
        "offset=3": 3,
        "offset=3.9": 3,
        "offset=1e2": 100,
    }.items():
        assert (await ids(admin, query))[0] == f"d{first:04}", query
    answer = await admin.get("livechat/department", offset=1000, count=20)
    assert [answer[key] for key in ("count", "offset", "total")] == [5, 1000, 1005]
    answer = await admin.get("livechat/department", offset=LARGEST)
    assert [answer[key] for key in ("count", "offset", "total")] == [0, LARGEST, 1005]
    await sqlite_office.setting("API_Allow_Infinite_Count", True)
    assert len(await ids(admin, "count=0")) == 1000
    assert len(await ids(admin, "count=500")) == 100
    await sqlite_office.setting("API_Upper_Count_Limit", 30)
    await sqlite_office.setting("API_Default_Count", 0)
    assert len(await ids(admin, "")) == 30
    await sqlite_office.setting("API_Upper_Count_Limit", -1)
    assert [len(await ids(admin, query)) for query in ("", "count=200")] == [50, 100]


NUMBER = "must be number"
NO_AMOUNT = {
    "-1": SMALL, "-0.5": SMALL, "-1e999": SMALL, "-Infinity": SMALL,
    "2147483648": LARGE, "2147483647.5": LARGE, "1e999": LARGE, "Infinity": LARGE, "9" * 999: LARGE,
    "abc": NUMBER, "NaN": NUMBER, "1_0": NUMBER, "١": NUMBER, "1,5": NUMBER, "inf": NUMBER,
    "true": NUMBER, "null": NUMBER,
}  # fmt: skip


@pytest.mark.parametrize("key", ["count", "offset"])
@pytest.mark.parametrize(
    "path", ["livechat/department", "livechat/visitors.chatHistory/room/r/visitor/v"]
)
async def test_what_is_no_amount(sqlite_office: Office, key: str, path: str) -> None:
    for value, sentence in NO_AMOUNT.items():
        answer = await sqlite_office.admin.call("GET", path, params={key: value})
        error = f"{sentence} [invalid-params]"
        expected = {"success": False, "error": error, "errorType": "invalid-params"}
        assert (answer.status_code, answer.json()) == (400, expected), value


@pytest.mark.parametrize(
    "query",
    ["count=1&count=2", "count[a]=1", "count[]=1&count[]=2", "sort[]=a&sort[]=b", "fields={}"],
)
async def test_a_query_of_another_shape(sqlite_office: Office, query: str) -> None:
    answer = await sqlite_office.admin.call("GET", f"livechat/department?{query}")
    assert (answer.status_code, answer.json()["errorType"]) == (400, "invalid-params")


async def test_sort(sqlite_office: Office) -> None:
    admin = await with_departments(sqlite_office, 4)
    for sort, order in {
        '{"name":1}': "0123",
        '{"name":-1}': "3210",
        '{"name":-1.0}': "3210",
        ' { "name" : -1 } ': "3210",
        '{"enabled":-1,"name":1}': "0213",
        '{"enabled":1,"name":-1}': "3120",
        '{"name":-1,"enabled":1}': "3210",
        # Ties are broken by id, in the direction of the last key.
        '{"enabled":1}': "1302",
        '{"enabled":-1}': "2031",
        '{"name":1,"name":-1}': "3210",
        "{}": "0123",
        "": "0123",
    }.items():
        assert [i[-1] for i in await ids(admin, f"sort={quote(sort)}")] == list(order), sort


NO_SORT = [
    "ts", "[]", "null", "1", '"ts"', "{", "{'ts':1}", '{"ts":1}x', "NaN", DEEP, DEEP[:900],
    '{"ts":' * 3000, '{"ts":0}', '{"ts":2}', '{"ts":-2}', '{"ts":"1"}', '{"ts":true}',
    '{"ts":null}', '{"ts":[1]}', '{"ts":1e999}', '{"ts":NaN}', '{"ts":%s}' % ("1" * 5000),
    '{"ts":1,"nope":1}', '{"_id":1}', '{"ts; DROP TABLE users":1}', '{"":1}', '{"$where":1}',
    '{"ts":1.5}', '{"TS":1}', json.dumps({f"k{n}": 1 for n in range(1500)}),
]  # fmt: skip


async def test_what_is_no_sort(sqlite_office: Office) -> None:
    office = sqlite_office
    await office.agent()
    visitor = await office.visitor()
    room = (await visitor.room())["_id"]
    history = f"livechat/visitors.chatHistory/room/{room}/visitor/{visitor.id}"
    for path, key in ((history, "ts"), ("livechat/department", "name")):
        assert (await office.admin.get(path, sort=json.dumps({key: 1})))["success"]
        for sort in (text.replace("ts", key) for text in NO_SORT):
            answer = await office.admin.call("GET", path, params={"sort": sort})
            expected: dict[str, Any] = {
                "success": False,
                "error": f'Invalid sort parameter provided: "{sort}" [error-invalid-sort]',
                "errorType": "error-invalid-sort",
                "details": {"helperMethod": "parseJsonQuery"},
            }
            assert (answer.status_code, answer.json()) == (400, expected), sort[:40]


async def test_each_list_names_its_own_keys(sqlite_office: Office) -> None:
    office = sqlite_office
    await office.agent()
    visitor = await office.visitor()
    room = (await visitor.room())["_id"]
    for key in ("ts", "lm", "closedAt", "_updatedAt", "msgs"):
        sort = json.dumps({key: -1})
        assert (await office.history(office.admin, room, visitor.id, sort=sort))["total"] == 1
        answer = await office.admin.call("GET", "livechat/department", params={"sort": sort})
        assert answer.json()["errorType"] == "error-invalid-sort"
