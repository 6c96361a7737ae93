"""Who has the word in a conversation: a bot, a human, or the queue (docs/decisions/0011).

`servedBy` and `speaker` are written here and nowhere else. `speaker.number` is raised whenever the
word passes: who read a number, and sends it back, is refused when it is no longer the number.

A room from before there were speakers has none: its number is 0, and `servedBy` says who speaks.
"""

from typing import Any

from parley.accounts.identify import Person
from parley.accounts.roles import AGENT, BOT
from parley.clock import now
from parley.db.documents import Doc, find
from parley.db.tx import Reader, Tx
from parley.errors import Coded
from parley.events import emit

MOST_FORMER = 20
"""Bots that had the word and are remembered for it, the newest first."""


def first_speaker(at: str) -> Doc:
    """Of a new room."""
    return {"kind": "queue", "number": 0, "since": at}


async def give_word(tx: Tx, room: Doc, agent: Doc) -> None:
    """The agent, a user's document, serves the room. The caller has locked the room and saves it.

    Whether the agent is a bot or a human is said as it is at this moment.
    """
    at = now()
    who = {"userId": agent["_id"], "username": agent["username"]}
    before = await speaker_of(tx, room)
    room["servedBy"] = {"_id": agent["_id"], "username": agent["username"], "ts": at}
    await _pass(tx, room, before, {"kind": _kind(agent), **who, "since": at})


async def take_word(tx: Tx, room: Doc) -> None:
    """Nobody serves the room, it waits; the rest as in `give_word`."""
    before = await speaker_of(tx, room)
    room.pop("servedBy", None)
    await _pass(tx, room, before, {"kind": "queue", "since": now()})


async def begin_anew(tx: Tx, room: Doc) -> None:
    """A closed room is opened again: as `take_word`, and bots may have it as they may a new one."""
    await take_word(tx, room)
    last = room["speaker"].pop("bot", None)
    room["speaker"].pop("handedOver", None)
    if last is not None:
        former = [last["_id"], *room["speaker"].get("formerBots", ())]
        room["speaker"]["formerBots"] = former[:MOST_FORMER]


async def want_human(tx: Tx, room: Doc) -> None:
    """From now on routing gives the chat to no bot, until somebody gives it to one."""
    room["speaker"] = await speaker_of(tx, room) | {"handedOver": True}


def wants_human(room: Doc) -> bool:
    return bool(room.get("speaker", {}).get("handedOver"))


async def _pass(tx: Tx, room: Doc, before: Doc, after: Doc) -> None:
    speaker = {**after, "number": before["number"] + 1}
    last = before.get("bot")
    if before["kind"] == "bot":
        last = {"_id": before["userId"], "username": before["username"]}
    if after["kind"] != "bot":
        if last is not None:
            speaker["bot"] = last
        if before.get("handedOver"):
            speaker["handedOver"] = True
    elsewhere = {speaker.get("userId"), speaker.get("bot", {}).get("_id")}
    had = [*([last["_id"]] if last else []), *before.get("formerBots", [])]
    former = [bot for bot in dict.fromkeys(had) if bot not in elsewhere][:MOST_FORMER]
    if former:
        speaker["formerBots"] = former
    room["speaker"] = speaker
    told = {"rid": room["_id"]}
    told |= {key: speaker[key] for key in ("kind", "number", "userId") if key in speaker}
    # Who had the word may not see the room any more, and hears of it on a stream of their own.
    for user_id in {each["userId"] for each in (before, speaker) if "userId" in each}:
        await emit(tx, f"user:{user_id}", "speaker", told)


async def speaker_of(q: Reader, room: Doc) -> Doc:
    if "speaker" in room:
        speaker: Doc = room["speaker"]
        return speaker
    served = room.get("servedBy")
    if served is None:
        return first_speaker(room["queuedAt"])
    user = await find(q, "users", served["_id"]) or {}
    who = {"userId": served["_id"], "username": served["username"]}
    return {"kind": _kind(user), "number": 0, **who, "since": served["ts"]}


def _kind(user: Doc) -> str:
    return "bot" if BOT in user.get("roles", ()) else "human"


def _bound(person: Person) -> bool:
    """A bot that is no agent is never given a chat, and so has no word to lose: it may tell what it
    has to tell wherever a person with its rights may."""
    return BOT in person.roles and AGENT in person.roles


def had_word(person: Person, room: Doc) -> bool:
    """A bot that had the word before who has it now: told so, and not that there is no such room,
    though it may see the room no more."""
    speaker: dict[str, Any] = room.get("speaker", {})
    before = (speaker.get("bot", {}).get("_id"), *speaker.get("formerBots", ()))
    return _bound(person) and person.user_id in before


async def check_word(q: Reader, person: Person, room: Doc, number: int | None) -> None:
    """Raises Coded `error-not-the-speaker` for a bot which does not serve the room, and for
    anybody who read another `number` than it is now. The caller has locked the room, if it writes.
    """
    bound = _bound(person)
    if not bound and number is None:
        return
    speaker = await speaker_of(q, room)
    if (bound and speaker.get("userId") != person.user_id) or (
        number is not None and number != speaker["number"]
    ):
        told = {"kind": speaker["kind"], "number": speaker["number"]}
        text = "The word in this conversation has passed to another"
        raise Coded("error-not-the-speaker", text, told)
