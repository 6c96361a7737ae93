"""Codes a socket is closed with (realtime.md §1). Clients come back after each but 1000."""

DONE = 1000
"""Do not come back: no version in common, or logged out."""
STOPPING = 1001
PROTOCOL = 1002
BAD_DATA = 1007
REFUSED = 1008
"""Too many frames or sockets, or a login that is over."""
FAILED = 1011
SLOW = 1013
"""Did not read what it was sent: come back, and ask for what was missed."""
SILENT = 4000
