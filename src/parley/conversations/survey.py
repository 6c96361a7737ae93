"""What the visitor thought of the conversation (contract/core.md §5.4)."""

from parley.conversations.schemas import AnswerSurvey
from parley.db import Tx
from parley.errors import Refused
from parley.events import emit
from parley.rooms.service import own_room
from parley.rooms.store import save_room

ITEMS = ("satisfaction", "agentKnowledge", "agentResposiveness", "agentFriendliness")
"""The third is spelt as everywhere in that API."""
VALUES = ("1", "2", "3", "4", "5")
FREE = "additionalFeedback"


async def answer_survey(tx: Tx, given: AnswerSurvey) -> dict[str, str]:
    """{item: value}, what was kept. Raises Refused. A closed conversation can still be judged."""
    await tx.lock("rooms", given.rid)
    _, room = await own_room(tx, given.token, given.rid)
    kept = {
        answer.name: answer.value
        for answer in given.data
        if answer.name == FREE or (answer.name in ITEMS and answer.value in VALUES)
    }
    if not kept:
        raise Refused("invalid-data")
    room["surveyFeedback"] = kept
    await save_room(tx, room)
    await emit(tx, f"room:{given.rid}", "room", {"_id": given.rid})
    return kept
