"""The document as one page of HTML: nothing in it is loaded from anywhere, and no script runs."""

from importlib.resources import files
from typing import Any

from parley.web.description.elements import Html, element, join, line, prose
from parley.web.description.shapes import anchor, row, table, words
from parley.web.description.structs import Schema, references

STYLE = files(__package__).joinpath("page.css").read_text()


def render(document: dict[str, Any]) -> str:
    info = document["info"]
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("title", f"API of {info['title']} {info['version']}"),
        element("style", Html(STYLE)),
    )
    body = element(
        "body",
        element(
            "header",
            element("h1", f"API of {info['title']} {info['version']}"),
            prose(info["description"]),
            element("p", "For programs: ", element("a", "openapi.json", href="docs/openapi.json")),
        ),
        element("nav", _contents(document), aria_label="Contents"),
        element(
            "main",
            [_group(tag, document) for tag in document["tags"]],
            _errors(document),
            _types(document),
        ),
    )
    return "<!doctype html>\n" + element("html", head, body, lang="en")


def _operations(document: dict[str, Any], tag: str) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (method.upper(), path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if tag in operation["tags"]
    ]


def _contents(document: dict[str, Any]) -> Html:
    groups = [
        element(
            "li",
            element("a", tag["name"], href=f"#tag-{tag['name']}"),
            element("ul", [_entry(*each) for each in _operations(document, tag["name"])]),
        )
        for tag in document["tags"]
    ]
    last = [
        element("li", element("a", name, href=f"#{name.lower()}")) for name in ("Errors", "Types")
    ]
    return element("ul", groups, last)


def _entry(method: str, path: str, operation: dict[str, Any]) -> Html:
    short = path.removeprefix("/api/v1/")
    where = f"#{operation['operationId']}"
    return element("li", element("a", _verb(method), " ", _breakable(short), href=where))


def _verb(method: str) -> Html:
    return element("b", method, class_=f"verb {method.lower()}")


def _breakable(path: str) -> Html:
    """A path may be broken after a slash or a full stop, so that a phone shows all of it."""
    parts: list[Any] = []
    for character in path:
        parts.append(character)
        if character in "/.":
            parts.append(Html("<wbr>"))
    return join(parts)


def _group(tag: dict[str, str], document: dict[str, Any]) -> Html:
    return element(
        "section",
        element("h2", tag["name"], id=f"tag-{tag['name']}"),
        element("p", line(tag["description"] + ".")) if "description" in tag else None,
        [_operation(*each, document) for each in _operations(document, tag["name"])],
    )


def _operation(method: str, path: str, operation: dict[str, Any], document: dict[str, Any]) -> Html:
    where = operation["operationId"]
    heading = element("a", _verb(method), " ", element("code", _breakable(path)), href=f"#{where}")
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
        _described(_resolved(schema, document, "schemas")),
    )


def _answer(operation: dict[str, Any], document: dict[str, Any]) -> Html:
    content = operation["responses"]["200"].get("content")
    if content is None:
        return element("p", "Not described yet.")
    (media,) = content.values()
    return _described(_resolved(media["schema"], document, "schemas"))


def _described(schema: Schema) -> Html:
    return join([prose(schema.get("description", "")), table(schema)])


def _resolved(value: dict[str, Any], document: dict[str, Any], kind: str) -> dict[str, Any]:
    if "$ref" not in value:
        return value
    name = value["$ref"].removeprefix(f"#/components/{kind}/")
    found: dict[str, Any] = document["components"][kind][name]
    return found


def _statuses(operation: dict[str, Any]) -> list[Any]:
    shown: list[Any] = []
    for status, response in operation["responses"].items():
        if status != "200":
            name = response["$ref"].rpartition("/")[2]
            shown += [" " if shown else "", element("a", status, href=f"#error-{name}")]
    return shown


def _errors(document: dict[str, Any]) -> Html:
    statuses = {
        response["$ref"].rpartition("/")[2]: status
        for methods in document["paths"].values()
        for operation in methods.values()
        for status, response in operation["responses"].items()
        if status != "200"
    }
    rows = []
    for name, response in document["components"]["responses"].items():
        if name not in statuses:
            continue
        bodies = [
            [element("br"), kind, ": ", words(media["schema"])]
            for kind, media in response["content"].items()
        ]
        rows.append(
            element(
                "tr",
                element("th", statuses[name], " ", name, scope="row"),
                element("td", line(response["description"]), bodies),
                id=f"error-{name}",
            )
        )
    return element(
        "section", element("h2", "Errors", id="errors"), element("table", element("tbody", rows))
    )


def _types(document: dict[str, Any]) -> Html:
    """All shared ones but whole answers, which stand with their operations."""
    operations = [op for methods in document["paths"].values() for op in methods.values()]
    whole = references([operation["responses"]["200"] for operation in operations])
    schemas = document["components"]["schemas"]
    shared = {name: schema for name, schema in schemas.items() if name not in whole}
    return element(
        "section",
        element("h2", "Types", id="types"),
        [
            element(
                "article",
                element("h3", name, id=anchor(name)),
                _described(schema),
            )
            for name, schema in shared.items()
        ],
    )
