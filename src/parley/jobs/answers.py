from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from parley.web.paging import Listed


class JobLine(msgspec.Struct, forbid_unknown_fields=True):
    """`runAt`: not before; `error`: the kind of what went wrong last."""

    id: str = msgspec.field(name="_id")
    kind: str
    state: Literal["waiting", "done", "failed"]
    createdAt: str
    runAt: str
    attempts: int
    finishedAt: str | UnsetType = UNSET
    error: str | UnsetType = UNSET


class Jobs(Listed):
    jobs: list[JobLine]
