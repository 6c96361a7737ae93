"""A walk through the whole API: each route is called once at least, and does its work.

A new route gets its call in the file of its slice in `walks/`, and a line in `budgets.toml`.
"""

import pytest

from tests.clock import Clock
from tests.db.walks import (
    choices,
    contacts,
    conversations,
    integrations,
    people,
    queue,
    rooms,
    settings,
    team,
    units,
    visitors,
    waiting,
    widget,
)
from tests.office import Office


async def walk(office: Office, clock: Clock, patch: pytest.MonkeyPatch, round: int) -> None:
    await settings.settings(office)
    await conversations.conversations(office)
    await visitors.visitors(office)
    await rooms.groups(office)
    await rooms.room_acts(office)
    await queue.queue(office)
    await waiting.waiting(office)
    await people.people(office, f"round{round}")
    await people.passwords(office, patch)
    await people.second_factors(office, clock)
    await contacts.contacts(office)
    await team.business_hours(office)
    await widget.widget(office)
    await choices.choices(office)
    await choices.outside(office)
    await integrations.webhooks(office, patch)
    await team.team(office)
    await units.units(office)
    await units.blocking(office)
    await integrations.mailings(office)
    await integrations.channels(office)
