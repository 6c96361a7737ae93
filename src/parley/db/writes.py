"""What an engine has written so far, counted where it happens for whoever measures."""

from bisect import bisect_left

SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256)
"""Acts in one commit, at most: the buckets they are counted in."""


class Writes:
    """The thread that commits counts; others may read at any time."""

    def __init__(self) -> None:
        self.acts = 0
        """That were committed: one that raised wrote nothing."""
        self.sizes = [0] * (len(SIZES) + 1)
        """Commits by how many acts they hold; the last one is of more than the largest size."""
        self.failures = 0
        """Commits that failed, with nothing written."""

    def committed(self, acts: int) -> None:
        self.acts += acts
        self.sizes[bisect_left(SIZES, acts)] += 1
