"""What a licence would say: everything is free here (contract/test-mode.md, 6)."""

from parley.accounts.people_store import count_active
from parley.clock import now
from parley.contacts.store import count_active_in
from parley.db.documents import Doc
from parley.db.tx import Reader

UNLIMITED = -1

MODULES = ["canned-responses", "livechat-enterprise", "omnichannel-mobile-enterprise"]
"""Of Rocket.Chat's, those whose features are served: clients hide what is not named."""


async def licence(q: Reader, *, counted: bool) -> Doc:
    """`counted`: with how much of each is used. There are no guests' rooms and no apps."""
    used = {"roomsPerGuest": 0, "privateApps": 0, "marketplaceApps": 0}
    limits = ["activeUsers", "guestUsers", "monthlyActiveContacts", *used]
    if counted:
        used["guestUsers"], used["activeUsers"] = await count_active(q)
        used["monthlyActiveContacts"] = await count_active_in(q, now()[:7])
    return {
        "activeModules": MODULES,
        "externalModules": [],
        "preventedActions": dict.fromkeys(limits, False),
        "limits": {
            name: {"max": UNLIMITED} | ({"value": used[name]} if counted else {}) for name in limits
        },
        "tags": [],
        "trial": False,
    }
