"""The OpenAPI document: made of the routes' declarations, whole, and true to them."""

from typing import Any

import msgspec
import pytest
import schemathesis

from parley.app import ROUTES
from parley.web.description import describe
from parley.web.paging import Listed, Paged
from parley.web.route import LOGIN, Call, Dialect, Route

DOCUMENT = describe(ROUTES, "1.2.3")
ALL = {(method.upper(), path) for path, ways in DOCUMENT["paths"].items() for method in ways}


class Query(Paged):
    text: str | None = None
    which: list[str] | None = None


class Inner(msgspec.Struct):
    amount: int = 3


class Body(msgspec.Struct, forbid_unknown_fields=True):
    """What is wanted."""

    name: str
    inner: Inner | None = None


class Thing(msgspec.Struct, forbid_unknown_fields=True):
    id: str = msgspec.field(name="_id")
    more: str | msgspec.UnsetType | None = msgspec.UNSET


class Things(Listed):
    things: list[Thing]


async def act(services: Any, call: Call) -> Any:
    """What it does.

    And what else is to be said.
    """


def told(route: Route) -> dict[str, Any]:
    """The operation of this route alone, and the document's components."""
    document = describe([route])
    [[operation]] = [list(ways.values()) for ways in document["paths"].values()]
    return {**operation, "components": document["components"]}


@pytest.mark.parametrize("route", ROUTES, ids=[f"{r.method} {r.path}" for r in ROUTES])
def test_every_route_says_what_it_does_and_what_it_answers(route: Route) -> None:
    assert route.answer is not None or route.text, "give the Route an answer="
    assert (route.handler.__doc__ or "").strip(), "give the handler a docstring"


def test_it_is_an_openapi_document_of_all_routes() -> None:
    schemathesis.openapi.from_dict(DOCUMENT).validate()
    assert DOCUMENT["openapi"] == "3.1.0"
    assert DOCUMENT["info"]["version"] == "1.2.3"
    assert len(ALL) == len(ROUTES)
    assert ("GET", "/api/v1/livechat/messages.history/{rid}") in ALL
    refs = {text.split('"')[0] for text in msgspec.json.encode(DOCUMENT).decode().split('"$ref":"')}
    for ref in [ref for ref in refs if ref.startswith("#/")]:
        place: Any = DOCUMENT
        for word in ref[2:].split("/"):
            place = place[word]


def test_an_operation_is_what_its_route_declares() -> None:
    route = Route(
        "POST",
        "/api/v1/things/:kind/list",
        act,
        Dialect.T,
        ("view-things", "a+b"),
        query=Query,
        body=Body,
        answer=Things,
        second_factor=True,
        also=(404,),
    )
    operation = told(route)
    assert operation["operationId"] == "post-things-kind-list"
    assert operation["summary"] == "What it does"
    assert operation["description"] == "And what else is to be said."
    assert operation["x-permissions"] == ["view-things", "a+b"]
    assert operation["x-dialect"] == "typed"
    assert operation["x-second-factor"] is True
    assert operation["security"] == [{"authToken": [], "userId": []}]
    parameters = {p["name"]: p for p in operation["parameters"] if "name" in p}
    assert parameters["kind"]["in"] == "path"
    assert parameters["which"] == {
        "name": "which",
        "in": "query",
        "required": False,
        "schema": {"type": "array", "items": {"type": "string"}},
    }
    assert len(operation["parameters"]) == len(parameters) + 2
    content = operation["requestBody"]["content"]
    assert list(content) == ["application/json", "application/x-www-form-urlencoded"]
    errors = ["400", "401", "403", "404", "413", "429", "503"]
    assert sorted(operation["responses"]) == ["200", *errors]
    schemas = operation["components"]["schemas"]
    assert schemas["test_describe.Body"] == {
        "title": "Body",
        "description": "What is wanted.",
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "inner": {
                "anyOf": [{"$ref": "#/components/schemas/test_describe.Inner"}, {"type": "null"}]
            },
        },
        "required": ["name"],
        "additionalProperties": False,
    }
    answer = schemas["test_describe.ThingsAnswer"]
    assert answer["required"] == ["things", "count", "offset", "total", "success"]
    assert answer["properties"]["success"] == {"const": True}
    assert answer["additionalProperties"] is False
    assert schemas["test_describe.Thing"]["properties"]["more"] == {"type": ["string", "null"]}
    assert "test_describe.Query" not in schemas


@pytest.mark.parametrize(
    ("route", "statuses"),
    [
        (Route("GET", "/a", act, Dialect.L), "400 429 503"),
        (Route("POST", "/a", act, Dialect.L), "400 413 429 503"),
        (Route("GET", "/a", act, Dialect.L, LOGIN), "400 401 429 503"),
        (Route("GET", "/a", act, Dialect.L, ("p",)), "400 401 403 429 503"),
        (Route("GET", "/a/:b", act, Dialect.L), "400 404 429 503"),
        (
            Route("DELETE", "/a", act, Dialect.L, also=(401, 403, 404)),
            "400 401 403 404 413 429 503",
        ),
    ],
)
def test_errors_follow_from_the_declaration(route: Route, statuses: str) -> None:
    assert sorted(told(route)["responses"]) == ["200", *statuses.split()]


def test_a_404_is_text_or_json_or_both() -> None:
    def kinds(path: str, *also: int) -> list[str]:
        operation = told(Route("GET", path, act, Dialect.L, also=also))
        name = operation["responses"]["404"]["$ref"].rpartition("/")[2]
        return list(operation["components"]["responses"][name]["content"])

    assert kinds("/a/:b") == ["text/plain"]
    assert kinds("/a", 404) == ["application/json"]
    assert kinds("/a/:b", 404) == ["application/json", "text/plain"]


def test_a_bare_list_has_no_success() -> None:
    route = Route("GET", "/a", act, Dialect.L, answer=list[Thing])  # type: ignore[arg-type]
    assert told(route)["responses"]["200"]["content"]["application/json"]["schema"] == {
        "type": "array",
        "items": {"$ref": "#/components/schemas/test_describe.Thing"},
    }


def test_a_call_to_copy_holds_what_is_required() -> None:
    samples = {
        operation["operationId"]: operation["x-codeSamples"][0]["source"]
        for ways in DOCUMENT["paths"].values()
        for operation in ways.values()
    }
    assert samples["post-livechat-visitor"] == (
        'curl "$PARLEY/api/v1/livechat/visitor" \\\n'
        '  -H "Content-Type: application/json" \\\n'
        """  -d '{"visitor": {"token": "<token>"}}'"""
    )
    assert samples["get-livechat-room"] == (
        'curl "$PARLEY/api/v1/livechat/room" \\\n  -G --data-urlencode "token=<token>"'
    )
    assert samples["post-logout"] == (
        'curl -X POST "$PARLEY/api/v1/logout" \\\n'
        '  -H "X-Auth-Token: $TOKEN" -H "X-User-Id: $USER_ID"'
    )


def of_slice(name: str, module: str) -> type[msgspec.Struct]:
    return msgspec.defstruct(name, [("where", str)], module=module)


def test_two_slices_may_use_one_name_and_one_slice_may_not() -> None:
    one, two, three = (
        of_slice("Same", f"parley.{where}")
        for where in ("one.answers", "two.answers", "one.schemas")
    )
    paths = [Route("GET", "/a", act, Dialect.L, answer=one)]
    both = describe([*paths, Route("GET", "/b", act, Dialect.L, answer=two)])
    assert {"one.SameAnswer", "two.SameAnswer"} <= both["components"]["schemas"].keys()
    with pytest.raises(ValueError, match=r"two Structs are called one\.Same"):
        describe([*paths, Route("GET", "/b", act, Dialect.L, answer=three)])


def test_what_has_no_answer_or_is_not_to_be_told_apart_is_refused() -> None:
    with pytest.raises(ValueError, match="no answer for status 418"):
        describe([Route("GET", "/a", act, Dialect.L, also=(418,))])
    with pytest.raises(ValueError, match="two operations are called get-a-b"):
        describe([Route("GET", "/a/:b", act, Dialect.L), Route("GET", "/a/b", act, Dialect.L)])
