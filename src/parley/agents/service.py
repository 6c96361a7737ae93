"""An agent's readiness to be given chats (contract/management.md §1.2)."""

from parley.accounts.identify import Person
from parley.accounts.readiness import look_at_queue
from parley.accounts.roles import AGENT
from parley.db import Tx
from parley.db.documents import find, save
from parley.errors import Forbidden, NotFound, Refused
from parley.events import emit

AVAILABLE, NOT_AVAILABLE = "available", "not-available"


async def set_agent_status(tx: Tx, person: Person, agent_id: str | None, status: str | None) -> str:
    """The status that holds now. Raises NotFound, Refused or Forbidden."""
    user_id = agent_id or person.user_id or ""
    await tx.lock("users", user_id)
    user = await find(tx, "users", user_id)
    if user is None or AGENT not in user["roles"]:
        raise NotFound("Agent not found")
    if not user["active"]:
        raise Refused("error-user-deactivated")
    if user_id != person.user_id and not person.may("manage-livechat-agents"):
        raise Forbidden
    current = user.get("statusLivechat")
    wanted = status or (NOT_AVAILABLE if current == AVAILABLE else AVAILABLE)
    if wanted != current or user.get("livechatStatusSystemModified"):
        user["statusLivechat"] = wanted
        user["livechatStatusSystemModified"] = False
        await save(tx, "users", user)
        await emit(tx, f"user:{user_id}", "agent-status", {"_id": user_id, "status": wanted})
        if wanted == AVAILABLE:
            await look_at_queue(tx)
    return wanted
