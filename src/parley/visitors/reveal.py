"""The setting Livechat_show_visitor_token: Rocket.Chat's old leak, for who lives on it.

Off by default. Switched on, answers to persons hold visitors' tokens where the handles stand, and
whoever reads them can write as the visitor.
"""

import re

from parley.accounts.identify import Person
from parley.db import Database
from parley.db.documents import encode
from parley.visitors.store import tokens_of

SETTING = "Livechat_show_visitor_token"

# In JSON text a bare quote cannot be part of anybody's message.
_HANDLE = re.compile(rb'"token":"([0-9A-Za-z]{22})"')


async def reveal(db: Database, person: Person, body: bytes) -> bytes:
    """The answer's JSON, with tokens for handles if this person's office wants it so."""
    if person.user_id is None or not person.settings[SETTING]:
        return body
    handles = {found.decode() for found in _HANDLE.findall(body)}
    tokens = await db.read(tokens_of, sorted(handles)) if handles else {}

    def token(found: re.Match[bytes]) -> bytes:
        known = tokens.get(found[1].decode())
        return found[0] if known is None else b'"token":' + encode(known).encode()

    return _HANDLE.sub(token, body)
