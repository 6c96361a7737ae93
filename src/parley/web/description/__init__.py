"""The API describes itself: an OpenAPI document made of the routes' declarations, and its page."""

from parley.web.description.document import describe
from parley.web.description.serving import Documentation

__all__ = ["Documentation", "describe"]
