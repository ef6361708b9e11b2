"""A bucket for each client, as long as it matters."""

from collections.abc import Callable

from .bucket import Bucket

_FIRST_SWEEP = 10_000  # buckets


class ClientBuckets:
    """Lets `rate` a second of each client pass, as Bucket does. A full bucket may be forgotten."""

    def __init__(self, rate: float, now: Callable[[], float]):
        self._rate = rate
        self._now = now
        self._buckets: dict[str, Bucket] = {}
        self._sweep_at = _FIRST_SWEEP

    def of(self, client: str) -> Bucket:
        """This client's own."""
        bucket = self._buckets.get(client)
        if bucket is None:
            if len(self._buckets) >= self._sweep_at:
                self._sweep()
            bucket = self._buckets[client] = Bucket(self._rate, self._now)
        return bucket

    def __len__(self) -> int:
        return len(self._buckets)

    def _sweep(self) -> None:
        self._buckets = {c: bucket for c, bucket in self._buckets.items() if not bucket.is_full()}
        self._sweep_at = max(_FIRST_SWEEP, 2 * len(self._buckets))  # else each new one would sweep
