"""Whom a chat is given to: a model of the rules, and chats that start at once."""

import asyncio
from dataclasses import dataclass, field
from random import Random
from typing import Any

import pytest

from parley.accounts.service import new_user
from parley.accounts.store import insert_user
from parley.db import Database, Tx
from parley.db.documents import Doc, find, insert, save
from parley.departments.store import insert_department
from parley.preferences.service import DEFAULTS
from parley.routing.selection import Selection, next_agent, select
from tests.stored import stored_room

TS = "2026-01-01T00:00:00.000Z"
METHODS = ("Auto_Selection", "Load_Balancing", "Load_Rotation")
DEPARTMENTS = ("sales", "support")
PLACES = (None, *DEPARTMENTS)
CHANGES: dict[str, list[Any]] = {
    "status": ["online", "busy", "offline", "away"],
    "statusLivechat": ["available", "available", "not-available"],
    "statusConnection": ["online", "away"],
    "active": [True, True, False],
    "livechat": [{"maxNumberSimultaneousChat": n} for n in (0, 1, "2", 4, "")],
}
"""What may change between two chats, and to what."""


@dataclass
class Chat:
    room_id: str
    place: str | None
    on_hold: bool = False


@dataclass
class Agent:
    """What the rules know of somebody."""

    name: str
    bot: bool
    ranks: dict[str, int]
    doc: Doc
    turns: dict[str | None, int] = field(default_factory=lambda: dict.fromkeys(PLACES, 0))
    routed: int = 0
    chats: list[Chat] = field(default_factory=list)

    def online(self, settings: Doc) -> bool:
        present = self.bot or self.doc["status"] != "offline"
        awake = self.doc.get("statusConnection") != "away"
        return (
            self.doc["active"]
            and self.doc["statusLivechat"] == "available"
            and (present or settings["Livechat_accept_chats_with_no_agents"])
            and (awake or settings["Livechat_enabled_when_agent_idle"])
        )

    def load(self, place: str | None) -> int:
        return sum(not c.on_hold for c in self.chats if place is None or c.place == place)

    def free(self, settings: Doc, place: str | None, limits: dict[str, int]) -> bool:
        if not settings["Livechat_waiting_queue"]:
            return True
        own = int(self.doc.get("livechat", {}).get("maxNumberSimultaneousChat") or 0)
        own = own or settings["Livechat_maximum_chats_per_agent"]
        there = limits.get(place or "", 0)
        return (not own or self.load(None) < own) and (not there or self.load(place) < there)

    def key(self, method: str, place: str | None) -> tuple[Any, ...]:
        if method == "Load_Balancing":
            return self.load(place), self.routed, self.name
        if method == "Load_Rotation":
            return self.routed, self.name
        return self.turns[place], self.ranks.get(place or "", 0), self.name


class Team:
    """Random people in two departments, in the database and in the model alike."""

    def __init__(self, db: Database, random: Random) -> None:
        self.db, self.random = db, random
        self.limits = {"sales": 0, "support": 2}
        self.agents: list[Agent] = []
        self._rooms = 0
        self._routed = 0

    async def begin(self) -> "Team":
        for name in ("ann", "ben", "cleo", "dan", "eve"):
            roles = ["livechat-agent", *(["bot"] if name == "dan" else [])]
            doc = new_user(name, name, f"{name}@x.example", roles) | {"_id": name}
            ranks = {d: self.random.randrange(3) for d in DEPARTMENTS if self.random.random() < 0.7}
            self.agents.append(Agent(name, name == "dan", ranks, doc))
        await self.db.act(self._insert)
        return self

    async def _insert(self, tx: Tx) -> None:
        for name in DEPARTMENTS:
            department = {"_id": name, "name": name, "enabled": True, "archived": False}
            limit = {"maxNumberSimultaneousChat": self.limits[name]}
            await insert_department(tx, department | limit)
        for agent in self.agents:
            await insert_user(tx, agent.doc, None)
            for name, rank in agent.ranks.items():
                row: Doc = {"_id": f"{name}.{agent.name}", "departmentId": name}
                row |= {"agentId": agent.name, "username": agent.name}
                row |= {"count": 0, "order": rank, "departmentEnabled": True}
                await insert(tx, "department_agents", row)

    async def change(self) -> None:
        """Something that may happen to somebody between two chats."""
        agent = self.random.choice(self.agents)
        key = self.random.choice([*CHANGES])
        values = CHANGES[key]
        agent.doc[key] = self.random.choice(values)
        await self.db.act(lambda tx: save(tx, "users", agent.doc))

    async def progress(self) -> None:
        """A chat ends, or is put on hold."""
        agent = self.random.choice(self.agents)
        if not agent.chats:
            return
        chat = self.random.choice(agent.chats)
        over = self.random.random() < 0.6

        async def act(tx: Tx) -> None:
            room = await find(tx, "rooms", chat.room_id) or {}
            if over:
                del room["open"]
            else:
                room["onHold"] = True
            await save(tx, "rooms", room)

        await self.db.act(act)
        if over:
            agent.chats.remove(chat)
        else:
            chat.on_hold = True

    def expected(self, settings: Doc, place: str | None, but: str) -> Agent | str:
        """The agent, or why there is none."""
        here = [a for a in self.agents if place is None or place in a.ranks]
        there = [a for a in here if a.online(settings)]
        free = [a for a in there if a.free(settings, place, self.limits)]
        method = settings["Livechat_Routing_Method"]
        chosen = min(
            (a for a in free if a.name != but), key=lambda a: a.key(method, place), default=None
        )
        if chosen is not None:
            return chosen
        return "nobody-online" if not there else "nobody-else" if free else "all-at-limit"

    async def start(self, settings: Doc, place: str | None, but: str = "") -> Selection:
        """A chat, given to whom the rule chooses."""
        self._rooms += 1
        return await give(self.db, f"room{self._rooms}", settings, place, but)

    def given(self, agent: Agent, settings: Doc, place: str | None) -> None:
        agent.chats.append(Chat(f"room{self._rooms}", place))
        if settings["Livechat_Routing_Method"] == "Auto_Selection":
            agent.turns[place] += 1
        else:
            self._routed += 1
            agent.routed = self._routed


async def give(
    db: Database, room_id: str, settings: Doc, place: str | None, but: str = ""
) -> Selection:
    """As the acts do it: selected and written in one transaction."""

    async def act(tx: Tx) -> Selection:
        found = await select(tx, settings, place, but=but)
        if found.agent is not None:
            room = stored_room(room_id, f"visitor of {room_id}", TS, open=True)
            room["servedBy"] = found.agent | {"ts": TS}
            await insert(tx, "rooms", room | ({"departmentId": place} if place else {}))
        return found

    return await db.act(act)


def settings_of(random: Random, method: str) -> Doc:
    return DEFAULTS | {
        "Livechat_Routing_Method": method,
        "Livechat_waiting_queue": random.random() < 0.7,
        "Livechat_maximum_chats_per_agent": random.choice([0, 2, 3]),
        "Livechat_accept_chats_with_no_agents": random.random() < 0.3,
        "Livechat_enabled_when_agent_idle": random.random() < 0.7,
    }


@pytest.mark.parametrize("method", METHODS)
async def test_the_chosen_agent_is_the_one_whom_the_rule_names(db: Database, method: str) -> None:
    random = Random(f"{method} 2026")
    team = await Team(db, random).begin()
    seen: set[str] = set()
    for _ in range(150):
        for _ in range(random.randrange(3)):
            await random.choice([team.change, team.progress])()
        settings = settings_of(random, method)
        place = random.choice(PLACES)
        but = random.choice(["", "", "ann"])
        expected = team.expected(settings, place, but)
        found = await team.start(settings, place, but)
        if isinstance(expected, str):
            assert (found.agent, found.reason) == (None, expected)
            seen.add(expected)
            continue
        assert found.agent == {"_id": expected.name, "username": expected.name}, found
        assert found.detail["candidates"][0]["username"] == expected.name
        team.given(expected, settings, place)
        seen.add(expected.name)
    assert seen >= {"ann", "ben", "cleo", "dan", "eve", "nobody-online", "all-at-limit"}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("place", [None, "sales"])
async def test_chats_are_shared_out_evenly(db: Database, method: str, place: str | None) -> None:
    """Twelve at once among three: four each, whichever the rule."""
    random = Random(3)
    team = Team(db, random)
    for name in ("ann", "ben", "cleo"):
        doc = new_user(name, name, f"{name}@x.example", ["livechat-agent"])
        team.agents.append(
            Agent(name, False, {"sales": 0}, doc | {"_id": name, "status": "online"})
        )
    await db.act(team._insert)
    settings = DEFAULTS | {"Livechat_Routing_Method": method}
    found = await asyncio.gather(*[give(db, f"r{n}", settings, place) for n in range(12)])
    names = [each.agent["username"] for each in found if each.agent]
    assert {name: names.count(name) for name in names} == {"ann": 4, "ben": 4, "cleo": 4}


@pytest.mark.parametrize("method", METHODS)
async def test_chats_that_start_at_once_never_exceed_a_limit(db: Database, method: str) -> None:
    """Ann works in both departments, and is asked for from everywhere at once."""
    team = Team(db, Random(1))
    team.limits = {"sales": 0, "support": 1}
    for name, ranks, own in (
        ("ann", {"sales": 0, "support": 0}, 2),
        ("ben", {"support": 0}, 0),
        ("cleo", {"sales": 0}, 0),
    ):
        doc = new_user(name, name, f"{name}@x.example", ["livechat-agent"])
        doc |= {"_id": name, "status": "online", "livechat": {"maxNumberSimultaneousChat": own}}
        team.agents.append(Agent(name, False, ranks, doc))
    await db.act(team._insert)
    settings = DEFAULTS | {
        "Livechat_Routing_Method": method,
        "Livechat_waiting_queue": True,
        "Livechat_maximum_chats_per_agent": 3,
    }
    found = await asyncio.gather(*[give(db, f"r{n}", settings, PLACES[n % 3]) for n in range(24)])
    rows = await db.read(
        lambda q: q.rows("SELECT served_by, department_id, count(*) FROM rooms GROUP BY 1, 2")
    )
    served = {(row[0], row[1]): row[2] for row in rows}
    totals = {
        name: sum(n for (who, _), n in served.items() if who == name)
        for name in ("ann", "ben", "cleo")
    }
    assert totals == {"ann": 2, "ben": 3, "cleo": 3}  # whoever waits, waits for nothing else
    assert all(n == 1 for (_, place), n in served.items() if place == "support")
    assert {each.reason for each in found if each.agent is None} == {"all-at-limit"}


async def test_by_hand_and_from_outside_nobody_is_chosen_here(db: Database) -> None:
    team = await Team(db, Random(2)).begin()
    for method, reason in (("Manual_Selection", "by-hand"), ("External", "external-asked")):
        settings = DEFAULTS | {
            "Livechat_Routing_Method": method,
            "Livechat_accept_chats_with_no_agents": True,
        }
        found = await team.start(settings, None)
        assert (found.agent, found.reason) == (None, reason)
        assert await db.act(next_agent, settings, None) is None
