"""Rule 5 of saving a department: what its fields may hold (contract/management.md §2.3)."""

from typing import Any

from parley.db.documents import Doc, encode
from parley.departments.schemas import DepartmentShape
from parley.errors import Refused
from parley.web.match import compile_match
from parley.web.schema import Invalid, schema_of

LONGEST = 50_000
"""Characters of a department, encoded."""
LONGEST_NAME = 255

_KNOWN = frozenset(DepartmentShape.__struct_fields__)
_NEEDED = frozenset(schema_of(DepartmentShape)["required"])
_match = compile_match(schema_of(DepartmentShape))


def check_shape(fields: Doc) -> None:
    """Raises Refused, in Meteor's words. A null is as good as nothing where a field may be left
    out, and stands for no value in a field of the client's own.
    """
    try:
        _match({k: v for k, v in fields.items() if v is not None or k in _NEEDED})
    except Invalid as invalid:
        raise Refused(str(invalid)) from None
    for key, value in fields.items():
        if key not in _KNOWN and not _plain(value):
            raise Refused(f"Match error: Expected string, number or boolean in field {key}")
    if not 0 < len(fields["name"]) <= LONGEST_NAME:
        raise Refused("Match error: Failed Match.Where validation in field name")
    if len(encode(fields)) > LONGEST:
        raise Refused("Match error: Failed Match.Where validation in field department")


def _plain(value: Any) -> bool:
    if type(value) is int:
        return -(2**31) <= value < 2**31
    return value is None or isinstance(value, str | bool)
