"""Numbers that look random and are the same on every machine and in every Python."""

from hashlib import sha256

_MASK = (1 << 64) - 1


class Numbers:
    """SplitMix64 from a text: the same text always gives the same numbers.

    The standard library promises this for its own generator only in part, and the demonstration
    depends on it: a request sent again must be the same request, to the byte.
    """

    def __init__(self, text: str) -> None:
        """Start from a text of any length."""
        self._state = int.from_bytes(sha256(text.encode()).digest()[:8], "big")

    def next(self) -> int:
        """The next number, from 0 to 2**64 - 1."""
        self._state = (self._state + 0x9E3779B97F4A7C15) & _MASK
        mixed = self._state
        mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK
        return mixed ^ (mixed >> 31)

    def between(self, low: int, high: int) -> int:
        """A number from low to high, both possible."""
        return low + self.next() % (high - low + 1)
