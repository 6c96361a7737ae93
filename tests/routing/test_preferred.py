"""Who comes before the rule, for each method: a model of the order against random offices."""

from random import Random

import pytest

from parley.clock import later
from parley.db import Database, Tx
from parley.db.documents import Doc, find, insert, save
from parley.routing.preferred import first_agent
from parley.routing.selection import Selection
from parley.visitors.store import Visitor
from tests.routing.test_selection import DEPARTMENTS, METHODS, PLACES, TS, Agent, Chat, Team
from tests.routing.test_selection import settings_of as rule_settings
from tests.stored import stored_room

ALL_METHODS = (*METHODS, "Manual_Selection", "External")
VISITORS = 12


class Guest:
    """A visitor, as the order knows them."""

    def __init__(self, n: int) -> None:
        self.visitor = Visitor({"_id": f"v{n}", "username": f"guest-{n}"}, f"token{n}", f"c{n}")
        self.manager: str | None = None
        self.server: str | None = None
        """Of the newest chat that is over."""
        self.chat: tuple[Agent | None, Chat] | None = None
        """That is open."""


class Reception(Team):
    """Chats of known visitors; a bot works among the people."""

    def __init__(self, db: Database, random: Random) -> None:
        super().__init__(db, random)
        self.guests = [Guest(n) for n in range(VISITORS)]

    async def begin(self) -> "Reception":
        await super().begin()
        for guest in self.guests:
            contact = {"_id": guest.visitor.contact_id}
            await self.db.act(lambda tx, doc=contact: insert(tx, "contacts", doc))  # type: ignore[misc] # a default
        return self

    def who(self, name: str | None, settings: Doc) -> Agent | None:
        return next((a for a in self.agents if a.name == name and a.online(settings)), None)

    def bot(self, settings: Doc, place: str | None) -> Agent | None:
        """Present or not: of those who work there, the one with the fewest turns."""
        if not settings["Livechat_assign_new_conversation_to_bot"]:
            return None
        bots = [a for a in self.agents if a.bot and a.doc["active"]]
        here = [a for a in bots if place is None or place in a.ranks]
        return min(here, key=lambda a: a.key("Auto_Selection", place), default=None)

    def wish(self, settings: Doc, place: str | None, guest: Guest) -> tuple[Agent | None, str]:
        if (bot := self.bot(settings, place)) is not None:
            return bot, "bot-first"
        if settings["Omnichannel_contact_manager_routing"]:
            manager = self.who(guest.manager, settings)
            if manager is not None:
                return manager, "contact-manager"
        if settings["Livechat_last_chatted_agent_routing"]:
            return self.who(guest.server, settings), "last-chatted"
        return None, ""

    def first(
        self, settings: Doc, place: str | None, guest: Guest
    ) -> tuple[Agent | None, str, Agent | None]:
        """Who is given the chat, the reason, and whom it waits for best."""
        wish, why = self.wish(settings, place, guest)
        method = settings["Livechat_Routing_Method"]
        by_hand = method == "Manual_Selection"
        waits = by_hand or settings["Livechat_waiting_queue"]
        if wish is not None and (wish.bot or not waits):
            return wish, why, None
        if waits:
            return None, "by-hand" if by_hand else "waiting-queue", wish
        if method == "External":
            return None, "external-asked", None
        chosen = self.expected(settings, place, "")
        return (None, chosen, None) if isinstance(chosen, str) else (chosen, "", None)

    async def arrive(
        self, settings: Doc, place: str | None, guest: Guest
    ) -> tuple[Selection, Doc | None]:
        self._rooms += 1
        key = f"room{self._rooms}"

        async def act(tx: Tx) -> tuple[Selection, Doc | None]:
            found, best = await first_agent(tx, settings, guest.visitor, place, None)
            at = later(TS, minutes=self._rooms)
            room = stored_room(key, guest.visitor.id, at, open=True)
            if found.agent is not None:
                room["servedBy"] = found.agent | {"ts": at}
            await insert(tx, "rooms", room | ({"departmentId": place} if place else {}))
            return found, best

        return await self.db.act(act)

    async def leave(self, guest: Guest) -> None:
        """Their chat is over; somebody else may look after them from now on."""
        assert guest.chat is not None
        agent, chat = guest.chat
        guest.chat = None

        async def act(tx: Tx) -> None:
            room = await find(tx, "rooms", chat.room_id) or {}
            del room["open"]
            await save(tx, "rooms", room)
            if self.random.random() < 0.5:
                guest.manager = self.random.choice(self.agents).name
                contact = {"_id": guest.visitor.contact_id, "contactManager": guest.manager}
                await save(tx, "contacts", contact)

        await self.db.act(act)
        if agent is not None:
            guest.server = agent.name
            agent.chats.remove(chat)


def settings_of(random: Random, method: str) -> Doc:
    settings = rule_settings(random, method)
    settings["Livechat_waiting_queue"] = random.random() < 0.3
    for name, share in (
        ("Livechat_assign_new_conversation_to_bot", 0.2),
        ("Omnichannel_contact_manager_routing", 0.5),
        ("Livechat_last_chatted_agent_routing", 0.5),
    ):
        settings[name] = random.random() < share
    return settings


@pytest.mark.parametrize("method", ALL_METHODS)
async def test_bots_then_the_manager_then_who_served_before_then_the_rule(
    db: Database, method: str
) -> None:
    random = Random(f"{method} first")
    house = await Reception(db, random).begin()
    assert {*PLACES} == {None, *DEPARTMENTS}
    seen: set[str] = set()
    for _ in range(200):
        for _ in range(random.randrange(3)):
            await house.change()
        guest = random.choice(house.guests)
        if guest.chat is not None:
            await house.leave(guest)
            continue
        settings, place = settings_of(random, method), random.choice(PLACES)
        agent, why, best = house.first(settings, place, guest)
        found, waits_for = await house.arrive(settings, place, guest)
        name = found.agent["username"] if found.agent else None
        assert name == (agent.name if agent else None), (found, why)
        assert (waits_for or {}).get("username") == (best.name if best else None)
        assert why in ("", found.reason)
        seen.add(found.reason)
        chat = Chat(f"room{house._rooms}", place)
        guest.chat = agent, chat
        if agent is not None:
            agent.chats.append(chat)
            if found.reason == "bot-first" or found.reason == "fewest-turns":
                agent.turns[place] += 1
            elif found.reason in ("fewest-chats", "longest-without"):
                house._routed += 1
                agent.routed = house._routed
    common = {"bot-first"} if method == "Manual_Selection" else {"bot-first", "waiting-queue"}
    rule = {
        "Auto_Selection": {"fewest-turns"},
        "Load_Balancing": {"fewest-chats"},
        "Load_Rotation": {"longest-without"},
        "Manual_Selection": {"by-hand"},
        "External": {"external-asked"},
    }[method]
    own = set() if method == "Manual_Selection" else {"contact-manager", "last-chatted"}
    assert seen >= common | rule | own
