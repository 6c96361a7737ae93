"""An agent's readiness to be given chats (contract/management.md §1.2)."""

from parley.accounts.identify import Person
from parley.accounts.presence import AVAILABLE, NOT_AVAILABLE, tell_readiness
from parley.accounts.roles import AGENT
from parley.agents.business_hours.following import may_work
from parley.db import Tx
from parley.db.documents import find, save
from parley.errors import Forbidden, NotFound, Refused


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
    if wanted == AVAILABLE != current and not await may_work(tx, person.settings, user):
        if user_id == person.user_id:
            raise Refused("error-business-hours-are-closed")
        return current or NOT_AVAILABLE
    if wanted != current or user.get("livechatStatusSystemModified"):
        user["statusLivechat"] = wanted
        user["livechatStatusSystemModified"] = False
        await save(tx, "users", user)
        await tell_readiness(tx, user)
    return wanted
