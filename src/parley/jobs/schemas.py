from typing import Literal

from parley.web.paging import Paged


class ListJobs(Paged):
    """`kind` as it is; `state` of one of three."""

    kind: str | None = None
    state: Literal["waiting", "done", "failed"] | None = None
