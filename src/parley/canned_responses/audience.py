"""Who may use a canned response, and hears of it: its audience.

It is the name of the stream of events that tells of it: `user:<id>` of a person's own,
`queue:<department id>` of a department's, `queue:public` of everybody's.
"""

from collections.abc import Collection

from parley.accounts.identify import Person
from parley.db.documents import Doc

ENABLED = "Canned_Responses_Enable"
VIEW, VIEW_ALL, VIEW_AGENT = (
    "view-canned-responses",
    "view-all-canned-responses",
    "view-agent-canned-responses",
)
PUBLIC = "queue:public"


def own(user_id: str | None) -> str:
    return f"user:{user_id or ''}"


def of_department(department_id: str) -> str:
    return f"queue:{department_id}"


def audience_of(response: Doc) -> str:
    match response["scope"]:
        case "user":
            return own(response["userId"])
        case "department":
            return of_department(response["departmentId"])
    return PUBLIC


def hears(person: Person, audience: str, departments: Collection[str]) -> bool:
    """Whether the person is told of it; `departments` are those they work in.

    Of other people's own nobody is told, whoever may list them.
    """
    if not (person.settings[ENABLED] and person.may(VIEW)):
        return False
    if audience in (PUBLIC, own(person.user_id)):
        return True
    kind, _, key = audience.partition(":")
    return kind == "queue" and (key in departments or person.may(VIEW_ALL))
