"""Who acts, as the audit log names them."""

import getpass
from typing import NamedTuple

from parley.db.documents import Doc
from parley.web.route import Call

LONGEST = 255
"""Characters kept of what a client says of itself."""


class Actor(NamedTuple):
    """Who acts: a person over the API, somebody at the machine, or Parley itself."""

    kind: str
    id: str = ""
    username: str = ""
    address: str = ""
    agent: str = ""

    @property
    def doc(self) -> Doc:
        doc = {
            "type": self.kind,
            "_id": self.id,
            "username": self.username,
            "ip": self.address,
            "useragent": self.agent,
        }
        return {key: value for key, value in doc.items() if value}


SYSTEM = Actor("system")


def by(call: Call) -> Actor:
    """The person of this call, with address and browser."""
    who, agent = call.caller, call.header("user-agent")[:LONGEST]
    if who.user_id is None:
        return Actor("anonymous", address=call.address, agent=agent)
    return Actor("user", who.user_id, who.username, call.address, agent)


def at_the_machine() -> Actor:
    """Whoever runs the command line, by the machine's own name for them."""
    try:
        return Actor("cli", username=getpass.getuser())
    except (KeyError, OSError):
        return Actor("cli")
