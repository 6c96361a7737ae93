"""One operation of the document, as an article of the page."""

from typing import Any

from parley.web.description.elements import Html, element, join, line, prose
from parley.web.description.operation import EVENTS
from parley.web.description.shapes import row, table
from parley.web.description.structs import Schema


def article(method: str, path: str, operation: dict[str, Any], document: dict[str, Any]) -> Html:
    where = operation["operationId"]
    heading = element("a", verb(method), " ", element("code", breakable(path)), href=f"#{where}")
    return element(
        "article",
        element("h3", heading),
        element("p", line(operation["summary"] + ".")) if operation["summary"] else None,
        prose(operation.get("description", "")),
        element("dl", _facts(operation)),
        _parameters(operation, document),
        _body(operation, document),
        _part("Answer", _answer(operation, document)),
        _part("Errors", element("p", _statuses(operation))),
        _part("Call", element("pre", operation["x-codeSamples"][0]["source"])),
        id=where,
    )


def verb(method: str) -> Html:
    return element("b", method, class_=f"verb {method.lower()}")


def breakable(path: str) -> Html:
    """A path may be broken after a slash or a full stop, so that a phone shows all of it."""
    parts: list[Any] = []
    for character in path:
        parts.append(character)
        if character in "/.":
            parts.append(Html("<wbr>"))
    return join(parts)


def described(schema: Schema) -> Html:
    return join([prose(schema.get("description", "")), table(schema)])


def _facts(operation: dict[str, Any]) -> list[Html]:
    limit = operation["x-rate-limit"]
    each = f"{limit['calls']} calls in {limit['seconds']} seconds for each {limit['by']}"
    facts = [("Who may", _who(operation)), ("Rate limit", each), ("Check", operation["x-dialect"])]
    if operation.get("x-second-factor"):
        facts.append(("Second factor", "asked for, of a caller who has one"))
    return [element("div", element("dt", name), element("dd", text)) for name, text in facts]


def _who(operation: dict[str, Any]) -> Html:
    permissions = operation.get("x-permissions")
    if permissions is None:
        return join("everybody")
    if not permissions:
        return join("whoever is logged in")
    codes: list[Any] = []
    for permission in permissions:
        both = [element("code", name) for name in permission.split("+")]
        joined = [part for name in both for part in (" with ", name)][1:]
        codes += [" or ", joined] if codes else ["whoever holds ", joined]
    return join(codes)


def _part(title: str, *content: Any) -> Html:
    return join([element("h4", title), *content])


def _parameters(operation: dict[str, Any], document: dict[str, Any]) -> Html | None:
    found = [_resolved(p, document, "parameters") for p in operation.get("parameters", [])]
    if not found:
        return None
    rows = [
        row(
            p["name"],
            p["schema"],
            required=p["required"],
            more=f"In the {p['in']}. {p.get('description', '')}".strip(),
        )
        for p in found
    ]
    return _part("Parameters", element("table", element("tbody", rows)))


def _body(operation: dict[str, Any], document: dict[str, Any]) -> Html | None:
    body = operation.get("requestBody")
    if body is None:
        return None
    kinds = list(body["content"])
    schema = body["content"][kinds[0]]["schema"]
    return _part(
        "Body",
        element("p", " or ".join(kinds), class_="note"),
        described(_resolved(schema, document, "schemas")),
    )


def _answer(operation: dict[str, Any], document: dict[str, Any]) -> Html:
    content = operation["responses"]["200"].get("content")
    if content is None:
        return element("p", "Not described yet.")
    ((kind, media),) = content.items()
    if kind == EVENTS:
        return join([_event(each["properties"], document) for each in media["schema"]["oneOf"]])
    return described(_resolved(media["schema"], document, "schemas"))


def _event(properties: dict[str, Any], document: dict[str, Any]) -> Html:
    name, data = properties["event"]["const"], properties["data"]["contentSchema"]
    told = element("p", "event ", element("code", name), class_="note")
    return join([told, described(_resolved(data, document, "schemas"))])


def _statuses(operation: dict[str, Any]) -> list[Any]:
    shown: list[Any] = []
    for status, response in operation["responses"].items():
        if status != "200":
            name = response["$ref"].rpartition("/")[2]
            shown += [" " if shown else "", element("a", status, href=f"#error-{name}")]
    return shown


def _resolved(value: dict[str, Any], document: dict[str, Any], kind: str) -> dict[str, Any]:
    if "$ref" not in value:
        return value
    name = value["$ref"].removeprefix(f"#/components/{kind}/")
    found: dict[str, Any] = document["components"][kind][name]
    return found
