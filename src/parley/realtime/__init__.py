"""What happens, told as it happens: to agents, bots and visitors, by every process."""

from parley.realtime.service import Realtime

__all__ = ["Realtime"]
