"""How many files and sockets a process may hold open."""

import resource

from parley.operations.doctor.finding import Finding, ok, warning

WHAT = "configuration"
ENOUGH = 4096


def descriptors() -> Finding:
    """The hard limit of whoever asks: `serve` raises its own to it."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if most == resource.RLIM_INFINITY:
        return ok(WHAT, "no limit on open files, so none on visitors at once")
    if most >= ENOUGH:
        return ok(WHAT, f"{most:,} open files at most: as many visitors at once, nearly")
    return warning(
        WHAT,
        f"{most:,} open files at most, and each visitor who chats holds one",
        "raise the hard limit: LimitNOFILE= in a systemd unit, --ulimit nofile= of a container",
    )
