"""Triggers that have a service outside say what the visitor is told (contract/management.md §6).

The widget asks us, and we ask the service: by `POST`, with what the widget knows of the visitor,
the visitor's handle (never their token), and the secret and signature that webhooks have. It
answers `{"contents": [{"msg": "Hello", "order": 0}]}`, or the visitor is told the fallback.
"""

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any, NamedTuple
from urllib.parse import urlsplit

import msgspec

from parley.db import Database
from parley.db.documents import Doc, encode, find
from parley.engagement.schemas import CallService, Extra, TestService, Text
from parley.errors import Coded, Refused
from parley.outgoing import NotAsked, networks, post
from parley.signing import identifying
from parley.visitors.store import Visitor, by_token

Settings = Mapping[str, Any]

SERVICE = "use-external-service"
"""The name of such an action."""
PRIVATE_ADDRESSES = "Livechat_Trigger_Private_Addresses"
MILLISECONDS = 10_000
MOST_BYTES = 65_536
AT_ONCE = 50
"""Calls of this process that wait for services; any further visitor is told the fallback."""

_seats = asyncio.Semaphore(AT_ONCE)


class _Said(msgspec.Struct):
    msg: Text
    order: int = 0


class _Answer(msgspec.Struct):
    contents: Annotated[list[_Said], msgspec.Meta(min_length=1, max_length=20)]


class Outcome(NamedTuple):
    status: int
    """0 where nobody answered."""
    contents: list[Doc]
    trouble: str = ""
    """Why there are none."""

    def response(self, fallback: str | None) -> Doc:
        """As it is answered. Raises Coded where there is nothing to say."""
        status = {"statusCode": self.status} if self.status else {}
        if not self.contents and not fallback:
            raise Coded("error-external-service", "The external service gave no answer")
        return {**status, "contents": self.contents or [{"msg": fallback, "order": 0}]}


def check_url(url: str | None, name: str) -> None:
    """Raises Coded for none, and for one that cannot be asked."""
    if not url:
        raise Coded("invalid-params", f"must have required property '{name}'")
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        good = False
    if not good:
        raise Coded("error-invalid-url", f"{name} must be an http or https URL")


async def call_service(
    db: Database, settings: Settings, trigger_id: str, asked: CallService
) -> Doc:
    """What the visitor is to be told. Raises Refused for no such trigger, Coded for no answer.

    A token that is nobody's is as none: triggers run before a visitor has registered.
    """
    trigger = await db.read(find, "triggers", trigger_id)
    actions = trigger["actions"] if trigger is not None and trigger.get("enabled") else []
    params = next((a.get("params") or {} for a in actions if a["name"] == SERVICE), {})
    if not params.get("serviceUrl"):
        raise Refused("error-invalid-trigger")
    visitor = await db.read(by_token, asked.token)
    body = _body(trigger_id, asked.extraData, visitor)
    milliseconds = params.get("serviceTimeout") or MILLISECONDS
    outcome = await _ask(settings, params["serviceUrl"], milliseconds, body)
    return outcome.response(params.get("serviceFallbackMessage"))


async def try_service(settings: Settings, asked: TestService) -> Doc:
    """As a trigger would be answered, and why if it was not by the service. Raises Coded."""
    check_url(asked.webhookUrl, "webhookUrl")
    body = _body("test-trigger", asked.extraData, None)
    outcome = await _ask(settings, asked.webhookUrl, asked.timeout, body)
    response = outcome.response(asked.fallbackMessage)
    return response | ({"error": outcome.trouble} if outcome.trouble else {})


def _body(trigger_id: str, extra: Extra | None, visitor: Visitor | None) -> bytes:
    metadata = [{"key": each.key, "value": each.value} for each in extra or []]
    body: Doc = {"triggerId": trigger_id, "metadata": metadata}
    if visitor is not None:
        keys = ("_id", "token", "username", "name", "department")
        body["visitor"] = {key: visitor.doc[key] for key in keys if key in visitor.doc}
    return encode(body).encode()


async def _ask(settings: Settings, url: str, milliseconds: int, body: bytes) -> Outcome:
    if _seats.locked():
        return Outcome(0, [], "too many calls wait for services")
    secret = settings["Livechat_secret_token"] or ""
    try:
        async with _seats:
            reply = await post(
                url,
                body,
                {
                    "User-Agent": "Parley",
                    "Accept": "application/json",
                    "Accept-Encoding": "identity",
                    "Content-Type": "application/json",
                    **identifying(secret, body),
                },
                allowed=networks(settings[PRIVATE_ADDRESSES]),
                seconds=min(milliseconds, 30_000) / 1000,
                most_bytes=MOST_BYTES,
            )
    except NotAsked as error:
        return Outcome(0, [], str(error))
    if not 200 <= reply.status < 300:
        return Outcome(reply.status, [], f"answered with status {reply.status}")
    if len(reply.body) > MOST_BYTES:
        return Outcome(reply.status, [], "its answer is too long")
    try:
        said = msgspec.json.decode(reply.body, type=_Answer).contents
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return Outcome(reply.status, [], f"its answer is none: {error}")
    return Outcome(reply.status, [{"msg": each.msg, "order": each.order} for each in said])
