"""Who works on the day: fifty agents in eight departments, who come and go."""

from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.faults.day.wire import Answer, Json, Wire
from tests.office import Client, Office

AGENTS = 50
LIMIT = 1
"""Chats at once of those who have a limit of their own; the others have OFFICE_LIMIT."""
OFFICE_LIMIT = 2
DEPARTMENT_LIMIT = 1
"""Chats at once of one agent in the department LIMITED."""
OPEN = ("sales", "orders", "returns", "billing", "technics", "press", "night")
LIMITED = "night"
CLOSED = "branch"
"""Nobody is ever there; its chats go to its fallback, or wait if they are forwarded to it."""


@dataclass
class Agent:
    id: str
    username: str
    headers: str
    departments: list[str]
    limit: int
    here: bool = True


@dataclass
class Staff:
    """Everybody by id; departments' ids by name."""

    admin: str
    agents: dict[str, Agent] = field(default_factory=dict)
    departments: dict[str, str] = field(default_factory=dict)

    def here(self, department_id: str | None = None) -> list[Agent]:
        return [
            agent
            for agent in self.agents.values()
            if agent.here and (department_id is None or department_id in agent.departments)
        ]

    def away(self) -> list[Agent]:
        return [agent for agent in self.agents.values() if not agent.here]

    @property
    def open(self) -> list[str]:
        return [self.departments[name] for name in OPEN]

    async def come_or_go(self, wire: Wire, random: Random) -> None:
        """Somebody does; somebody is left in each department."""
        agent = random.choice([*self.agents.values()])
        if not agent.here:
            await self.come(wire, agent)
        elif len(self.away()) < AGENTS // 4:
            await self.go(wire, agent)

    async def go(self, wire: Wire, agent: Agent) -> bool:
        """False where too few would be left in a department of theirs."""
        if not all(len(self.here(each)) > 3 for each in agent.departments):
            return False
        agent.here = False
        await _good(wire.call("POST", "users.setStatus", {"status": "offline"}, agent.headers))
        return True

    async def come(self, wire: Wire, agent: Agent) -> None:
        await _good(wire.call("POST", "users.setStatus", {"status": "online"}, agent.headers))
        agent.here = True


async def _good(calling: Any) -> Answer:
    answer: Answer = await calling
    assert answer.good, answer
    return answer


async def hire(office: Office) -> Staff:
    staff = Staff(_lines(office.admin))
    # Agents may hand their chats on.
    await office.grant("transfer-livechat-guest", "admin", "livechat-manager", "livechat-agent")
    people = [await office.agent(username=f"agent{n:02}") for n in range(AGENTS)]
    absent = await office.agent(username="absent", online=False)
    for n, name in enumerate(OPEN):
        # Seven each, by turns, and every third agent in a second department as well.
        mine = [p for k, p in enumerate(people) if k % 7 == n or (k % 3 == 0 and k % 5 == n % 5)]
        more: Json = {"maxNumberSimultaneousChat": DEPARTMENT_LIMIT} if name == LIMITED else {}
        made = await office.department(*mine, name=name, **more)
        staff.departments[name] = made["_id"]
        for person in mine:
            staff.agents.setdefault(person.user_id, _agent(person)).departments.append(made["_id"])
    made = await office.department(
        absent,
        name=CLOSED,
        fallbackForwardDepartment=staff.departments["sales"],
        allowReceiveForwardOffline=True,
    )
    staff.departments[CLOSED] = made["_id"]
    for n, agent in enumerate(staff.agents.values()):
        if n % 2:
            agent.limit = LIMIT
            await office.admin.post(
                "livechat/agents.saveInfo",
                agentId=agent.id,
                agentData={"maxNumberSimultaneousChat": LIMIT},
                agentDepartments=agent.departments,
            )
    assert len(staff.agents) == AGENTS
    return staff


def _agent(person: Client) -> Agent:
    username = person.password.removeprefix("password of ")
    return Agent(person.user_id, username, _lines(person), [], OFFICE_LIMIT)


def _lines(person: Client) -> str:
    return "".join(f"{name}: {value}\r\n" for name, value in person.headers.items())
