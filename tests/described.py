"""Answers against the API's own description: status, content type, and every key of the body."""

from collections.abc import Iterable
from functools import cache
from itertools import islice
from typing import Any

import httpx
import jsonschema_rs
import msgspec

from parley.app import ROUTES
from parley.web.description import describe
from parley.web.route import Route
from parley.web.trie import Trie

Json = dict[str, Any]
MOST_FAULTS = 5


class Undescribed(AssertionError):
    pass


class Description:
    """What these routes say of themselves. A schema is compiled when it is first needed."""

    def __init__(self, routes: Iterable[Route]) -> None:
        routes = list(routes)
        self.document = describe(routes)
        self._trie = Trie()
        self._validators: dict[str, jsonschema_rs.Validator] = {}
        for route in routes:
            parts = route.path.split("/")
            path = "/".join(f"{{{p[1:]}}}" if p.startswith(":") else p for p in parts)
            operation = self.document["paths"][path][route.method.lower()]
            self._trie.add(route.method, route.path, operation)

    async def check(self, response: httpx.Response) -> None:
        """Raises Undescribed. For httpx, as a hook of responses."""
        request = response.request
        path = request.url.raw_path.split(b"?")[0]
        if request.method == "OPTIONS" or not path.startswith(b"/api/v1/"):
            return
        await response.aread()
        fault = self.fault(request.method, path, response)
        if fault is not None:
            status, text = response.status_code, response.text[:2000]
            raise Undescribed(f"{request.method} {path.decode()} {status}: {fault}\n{text}")

    def fault(self, method: str, path: bytes, response: httpx.Response) -> str | None:
        found = self._trie.find("GET" if method == "HEAD" else method, path)
        kind = response.headers.get("content-type", "")
        if found is None:
            right = (response.status_code, kind) == (404, "text/plain; charset=UTF-8")
            return None if right else "there is no such operation, and the answer is not that 404"
        described = found[0]["responses"].get(str(response.status_code))
        if described is None:
            return "the status is not described"
        if "$ref" in described:
            described = self.document["components"]["responses"][described["$ref"].split("/")[-1]]
        media = described.get("content", {}).get(kind.split(";")[0])
        if media is None:
            return f"the content type {kind} is not described"
        if method == "HEAD":
            return None
        if kind.startswith("text/event-stream"):
            return self._of_events(media["schema"], response.text)
        body = msgspec.json.decode(response.content) if "json" in kind else response.text
        return self._against(media["schema"], body)

    def event(self, path: str, name: str, data: Any) -> str | None:
        """The fault of one event of an answer that lasts."""
        operation = self.document["paths"][path]["get"]
        schema = operation["responses"]["200"]["content"]["text/event-stream"]["schema"]
        for each in schema["oneOf"]:
            if each["properties"]["event"]["const"] == name:
                return self._against(each["properties"]["data"]["contentSchema"], data)
        return f"no event is called {name}"

    def _of_events(self, schema: Json, text: str) -> str | None:
        shapes = {
            e["properties"]["event"]["const"]: e["properties"]["data"] for e in schema["oneOf"]
        }
        for block in text.split("\n\n"):
            # Not splitlines: what a visitor wrote may hold U+2028, which ends no line here.
            fields = dict(line.split(": ", 1) for line in block.split("\n") if ": " in line)
            if "data" in fields:
                shape = shapes.get(fields.get("event", ""))
                data = msgspec.json.decode(fields["data"])
                fault = "unknown" if shape is None else self._against(shape["contentSchema"], data)
                if fault is not None:
                    return f"event {fields.get('event')}: {fault}"
        return None

    def _against(self, schema: Json, body: Any) -> str | None:
        errors = islice(self._validator(schema).iter_errors(body), MOST_FAULTS)
        faults = [f"{'.'.join(map(str, e.instance_path))}: {e.message[:300]}" for e in errors]
        return "; ".join(faults) or None

    def _validator(self, schema: Json) -> jsonschema_rs.Validator:
        key = msgspec.json.encode(schema).decode()
        if key not in self._validators:
            whole = {**schema, "components": self.document["components"]}
            self._validators[key] = jsonschema_rs.Draft202012Validator(whole)
        return self._validators[key]


@cache
def description() -> Description:
    """Of the whole application; made once in a process."""
    return Description(ROUTES)


async def check(response: httpx.Response) -> None:
    await description().check(response)
