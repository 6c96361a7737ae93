"""The document as one page of HTML: nothing in it is loaded from anywhere, and no script runs."""

from importlib.resources import files
from typing import Any

from parley.web.description.article import article, breakable, described, verb
from parley.web.description.elements import Html, element, line, prose
from parley.web.description.shapes import anchor, words
from parley.web.description.structs import references

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
    return element("li", element("a", verb(method), " ", breakable(short), href=where))


def _group(tag: dict[str, str], document: dict[str, Any]) -> Html:
    return element(
        "section",
        element("h2", tag["name"], id=f"tag-{tag['name']}"),
        element("p", line(tag["description"] + ".")) if "description" in tag else None,
        [article(*each, document) for each in _operations(document, tag["name"])],
    )


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
                described(schema),
            )
            for name, schema in shared.items()
        ],
    )
