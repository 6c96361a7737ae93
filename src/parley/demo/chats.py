"""What people say in the demo."""

from typing import NamedTuple

AGENTS = {"amira": "Amira Haddad", "jonas": "Jonas Berg"}
"""{username: name}"""


class Chat(NamedTuple):
    visitor: dict[str, str]
    lines: list[tuple[str, str]]
    """("visitor" or "agent", what was said)"""
    comment: str = ""
    """Closing comment; a chat without one stays open."""


def _visitor(key: str, name: str) -> dict[str, str]:
    mail = f"{name.split()[0].lower()}@mail.example"
    return {"token": f"demo-{key}", "name": name, "email": mail, "department": "Support"}


_MARIA = _visitor("maria", "Maria Santos")
_TOM = _visitor("tom", "Tom Fischer")

CHATS = [
    Chat(
        _MARIA,
        [
            ("visitor", "Hello! Do you deliver to Portugal?"),
            ("agent", "Hi Maria, yes: two to four days, free from 50 euro."),
            ("visitor", "Great, I will order the blue lamp then."),
        ],
        "Asked about delivery to Portugal",
    ),
    Chat(
        _TOM,
        [
            ("visitor", "My invoice shows the wrong address."),
            ("agent", "Sorry about that, Tom. What should it say?"),
            ("visitor", "Lindenstraße 12, 10969 Berlin"),
            ("agent", "Done. The new invoice is in your mailbox."),
        ],
        "Invoice corrected",
    ),
    Chat(
        _MARIA,
        [
            ("visitor", "The lamp arrived, but the switch does not click."),
            ("agent", "That should not be. Could you send a photo to support@shop.example?"),
            ("visitor", "Sent it just now."),
            ("agent", "Thank you! A new switch is on its way: https://shop.example/parcel/4711"),
        ],
        "Replacement switch sent",
    ),
    Chat(
        _MARIA,
        [
            ("visitor", "The new switch works. Can I still return the second lamp?"),
            ("agent", "Of course, within 30 days. Shall I send you the label?"),
            ("visitor", "Yes, please."),
        ],
    ),
]
