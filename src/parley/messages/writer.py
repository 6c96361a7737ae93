"""What somebody who writes may refer to: messages by a link, people by their name."""

from typing import NamedTuple

from parley.accounts.identify import Person
from parley.messages.mentions import (
    EVERYBODY,
    MayName,
    groups_of,
    named_by_person,
    named_by_visitor,
)
from parley.messages.quotes import MayRead, readable_by_person, readable_by_visitor


class Writer(NamedTuple):
    may_read: MayRead
    may_name: MayName
    groups: frozenset[str]


def person_writes(person: Person) -> Writer:
    return Writer(readable_by_person(person), named_by_person, groups_of(person))


def visitor_writes(visitor_id: str, room_id: str) -> Writer:
    everybody = frozenset(EVERYBODY)
    return Writer(readable_by_visitor(visitor_id), named_by_visitor(room_id), everybody)
