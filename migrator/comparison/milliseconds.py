"""How long something took, time after time: to the millisecond, and in little room however often."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable
from itertools import accumulate

Stored = list[tuple[int, int]]  # milliseconds, and how often


class Milliseconds:
    """Seconds of many runs, of which those are held that differ; they may be negative."""

    def __init__(self, stored: Iterable[tuple[int, int]] = ()) -> None:
        self._times: Counter[int] = Counter(dict(stored))

    def add(self, time: dt.timedelta) -> None:
        self._times[(time.days * 86_400 + time.seconds) * 1000 + (time.microseconds + 500) // 1000] += 1

    def stored(self) -> Stored:
        """As JSON holds it."""
        return sorted(self._times.items())

    def __len__(self) -> int:
        return self._times.total()

    @property
    def least(self) -> float:
        return min(self._times) / 1000

    @property
    def most(self) -> float:
        return max(self._times) / 1000

    def parts(self, number: int) -> list[float]:
        """The ``number - 1`` values that part them into so many equal parts, as ``statistics.quantiles``
        with the method "inclusive" has it: 2 gives the median, 4 the quartiles."""
        ordered = sorted(self._times.items())
        upto = list(accumulate(count for _time, count in ordered))

        def at(index: int) -> int:
            return ordered[bisect_right(upto, index)][0]

        found = []
        for part in range(1, number):
            index, rest = divmod(part * (upto[-1] - 1), number)
            after = at(index + 1) if rest else 0
            found.append((at(index) * (number - rest) + after * rest) / number / 1000)
        return found
