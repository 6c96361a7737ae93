"""Telling the business hours that who works when may have changed.

The hours themselves are the agents' (agents/business_hours); whoever is below them asks here.
"""

from parley.db import Tx
from parley.jobs import enqueue
from parley.preferences.service import setting

KIND = "business-hours"


async def follow_hours(tx: Tx) -> None:
    """Soon after this act, agents are put right by the business hours, if those are on."""
    if await setting(tx, "Livechat_enable_business_hours"):
        await enqueue(tx, KIND, {})
