"""How fast one client may be: a bucket of tokens, which fills evenly."""


class Pace:
    """`burst` at once, `each_second` for good. Takes the time from whoever asks."""

    __slots__ = ("_at", "_burst", "_each_second", "_left")

    def __init__(self, burst: float, each_second: float, at: float) -> None:
        self._burst, self._each_second = burst, each_second
        self._left, self._at = burst, at

    def take(self, at: float) -> bool:
        """False for one too many."""
        self._left = min(self._burst, self._left + (at - self._at) * self._each_second)
        self._at = at
        if self._left < 1:
            return False
        self._left -= 1
        return True
