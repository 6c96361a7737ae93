"""DDP over WebSocket, as Rocket.Chat's livechat clients speak it (contract/realtime.md)."""

from parley.realtime.ddp.endpoint import Ddp

__all__ = ["Ddp"]
