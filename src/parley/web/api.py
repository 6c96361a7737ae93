"""The dialect: one ASGI app that answers everything under `/api/v1`.

`_prepared` holds the order of checks (contract/core.md §1.2), for every route alike.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from functools import cache
from typing import Any

import msgspec

from parley.errors import Refused
from parley.web.address import client_address
from parley.web.body import ClientGone, parse_body, read_body, refuse_unstorable, stream_body
from parley.web.caller import Caller, Identify
from parley.web.cors import ALLOW, options
from parley.web.envelope import failure, success
from parley.web.errors import (
    JSON,
    TEXT,
    InvalidParams,
    InvalidTypedBody,
    InvalidTypedQuery,
    NoPermission,
    NotLoggedIn,
    TooMany,
    Unparseable,
)
from parley.web.lasting import HEADERS, Lasting
from parley.web.limits import Limiter
from parley.web.match import compile_match
from parley.web.query import parse_query
from parley.web.route import Call, Dialect, Route, permitted
from parley.web.schema import Invalid, compile_schema, schema_of
from parley.web.trie import Trie

Headers = list[tuple[bytes, bytes]]
Scope = MutableMapping[str, Any]
Finish = Callable[[Any, Any, bytes], Awaitable[bytes]]
Confirm = Callable[[Any, Any, Mapping[bytes, bytes]], Awaitable[None]]
_Run = Callable[[Scope, Any, dict[str, str], Headers], Awaitable[bytes | Lasting]]

PLAIN: Headers = [
    (b"cache-control", b"no-store"),
    (b"pragma", b"no-cache"),
    (b"x-content-type-options", b"nosniff"),
    *ALLOW,
]
"""Headers of every answer but those to OPTIONS."""

NOT_FOUND: tuple[int, Headers, bytes] = (404, [(b"content-type", TEXT), *PLAIN], b"404 Not Found")
"""The answer to a path, or a method of it, that is not there."""

_JSON: Headers = [(b"content-type", JSON), *PLAIN]
_ERRORS: dict[Dialect, tuple[type[Exception], type[Exception]]] = {
    Dialect.L: (InvalidParams, InvalidParams),
    Dialect.T: (InvalidTypedQuery, InvalidTypedBody),
    Dialect.C: (Refused, Refused),
}
_WITH_BODY = {"POST", "PUT", "PATCH", "DELETE"}


class Api:
    """`services` is handed to every handler as it is; the dialect does not look inside.

    `finish` has the last word on the JSON of every answer that is no error. `confirm` asks the
    caller of a route with `second_factor` for theirs, and raises what says so. `realtime` is handed
    to the handlers of routes that last.
    """

    def __init__(
        self,
        routes: Iterable[Route],
        identify: Identify,
        services: Any,
        *,
        limited: bool = True,
        trusted_proxy: str = "",
        finish: Finish | None = None,
        confirm: Confirm | None = None,
        realtime: Any = None,
    ) -> None:
        self.routes = list(routes)
        self._identify = identify
        self._services = services
        self._limiter = Limiter(enabled=limited)
        self._proxy = trusted_proxy
        self._finish = finish
        self._confirm = confirm
        self._realtime = realtime
        self._trie = Trie()
        for route in self.routes:
            self._trie.add(route.method, route.path, (self._prepared(route), route))

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        extra: Headers = []
        try:
            status, headers, body = await self._answer(scope, receive, extra)
        except ClientGone:
            return
        except Exception as error:
            if isinstance(error, TooMany):
                extra = error.headers
            headers = _JSON
            status, body = failure(error)
        if isinstance(body, Lasting):
            await _last(body, [*headers[1:], *extra], scope, receive, send)
            return
        length = (b"content-length", b"%d" % len(body))
        headers = [*headers, *extra, length]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        body = b"" if scope["method"] == "HEAD" else body
        await send({"type": "http.response.body", "body": body})

    async def _answer(
        self, scope: Scope, receive: Any, extra: Headers
    ) -> tuple[int, Headers, bytes | Lasting]:
        method = scope["method"]
        if method == "OPTIONS":
            nobody = await self._identify("", "")
            return options(dict(scope["headers"]), nobody.settings)
        found = self._trie.find("GET" if method == "HEAD" else method, scope["raw_path"])
        if found is None:
            return NOT_FOUND
        (run, route), path = found
        scope["parley.route"] = route
        return 200, _JSON, await run(scope, receive, path, extra)

    def _prepared(self, route: Route) -> _Run:
        identify, limiter, services = self._identify, self._limiter, self._services
        finish = self._finish
        confirm = self._confirm if route.second_factor else None
        check_query, check_body = _checks(route)
        typed = route.dialect is Dialect.T
        reads_body = route.method in _WITH_BODY and not route.streams

        async def run(
            scope: Scope, receive: Any, path: dict[str, str], extra: Headers
        ) -> bytes | Lasting:
            headers = dict(scope["headers"])
            caller = await identify(
                headers.get(b"x-auth-token", b"").decode("latin-1"),
                headers.get(b"x-user-id", b"").decode("latin-1"),
            )
            if route.permissions is not None:
                _admit(route, caller)
            query, raw = _parsed_query(scope["query_string"]), {}
            if b"%00" in scope["raw_path"]:
                refuse_unstorable(path)
            if typed:
                query = check_query(query)
            if reads_body:
                sent = await read_body(headers, receive)
                raw = parse_body(sent, headers.get(b"content-type", b""))
                refuse_unstorable(raw)
            body = check_body(raw) if typed else None
            address = client_address(scope, headers, self._proxy)
            extra += limiter.check(route, caller, address, _token(query, raw))
            if not typed:
                query, body = check_query(query), check_body(raw)
            if confirm is not None:
                await confirm(services, caller, headers)
            call = Call(caller, path, query, body, raw, address, headers)
            if route.streams:
                call.stream = stream_body(receive)
            if route.lasts is not None:
                call.realtime = self._realtime
                return Lasting(await route.handler(services, call))
            answer = success(await route.handler(services, call))
            return answer if finish is None else await finish(services, caller, answer)

        return run


async def _last(answer: Lasting, headers: Headers, scope: Scope, receive: Any, send: Any) -> None:
    # Whoever measures takes its beginning for its answer.
    scope["parley.lasts"] = True
    await send({"type": "http.response.start", "status": 200, "headers": [*HEADERS, *headers]})
    if scope["method"] == "HEAD":
        await answer.frames.aclose()
        await send({"type": "http.response.body", "body": b""})
    else:
        await answer.send(receive, send)


def _admit(route: Route, caller: Caller) -> None:
    if caller.user_id is None:
        raise NotLoggedIn
    if not permitted(route, caller):
        raise NoPermission


def _parsed_query(raw: bytes) -> dict[str, Any]:
    if not raw:
        return {}
    try:
        query = parse_query(raw)
    except ValueError:
        raise Unparseable from None
    # A lone surrogate cannot come out of percent-encoded UTF-8, nor a bare NUL out of HTTP.
    if b"%00" in raw:
        refuse_unstorable(query)
    return query


def _token(query: Any, raw: Any) -> Any:
    """The visitor's token, looked at before the legacy validation."""
    token = raw.get("token") if isinstance(raw, dict) else None
    return token or (query.get("token") if isinstance(query, dict) else None)


def _checks(route: Route) -> tuple[Callable[[Any], Any], Callable[[Any], Any]]:
    """Query and body of a route: from parsed text to its Structs, in its dialect's words."""
    errors = _ERRORS[route.dialect]
    return (
        _check(route.query, route.dialect, errors[0], in_query=True),
        _check(route.body, route.dialect, errors[1], in_query=False),
    )


def _check(
    struct: type[msgspec.Struct] | None,
    dialect: Dialect,
    error: type[Exception],
    *,
    in_query: bool,
) -> Callable[[Any], Any]:
    if struct is None:
        return lambda value: value
    check = _compiled(struct, dialect, in_query)

    def checked(value: Any) -> Any:
        try:
            return msgspec.convert(check(value), struct)
        except Invalid as invalid:
            raise error(str(invalid)) from None

    return checked


@cache
def _compiled(struct: Any, dialect: Dialect, in_query: bool) -> Callable[[Any], Any]:
    """Once for a process: many routes share Structs, and tests make many applications."""
    schema = schema_of(struct)
    if dialect is Dialect.C:
        return compile_match(schema)
    return compile_schema(schema, query=in_query)
