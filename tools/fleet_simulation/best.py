"""What the quotas would allow: when a share of the boards is served if nobody comes in vain.

A bucket begins full: it lets the first second's worth pass at once.
"""

from .boards import HANDSHAKE_MS, ROUND_TRIP_MS
from .jobs import WORK_MS


def _rate_ms(number, rate):
    return max(0, number - rate) * 1_000 / rate


def connecting(count, limits):
    """Each connects, and has a session."""

    def best_ms(share):
        number = share * count
        if number > limits["connections"]:
            return float("inf")
        return HANDSHAKE_MS + ROUND_TRIP_MS / 2 + _rate_ms(number, limits["connects"])

    return best_ms


def asking(count, limits, filters):
    """Each connects, subscribes, and asks once."""
    connect_ms = connecting(count, limits)

    def best_ms(share):
        number = share * count
        if number * filters > limits["subscriptions"]:
            return float("inf")
        before = HANDSHAKE_MS + 2.5 * ROUND_TRIP_MS
        return max(
            connect_ms(share) + 2 * ROUND_TRIP_MS,
            before + _rate_ms(number * filters, limits["filters"]),
            before + _rate_ms(number, limits["writes"]),
        )

    return best_ms


def jobs(count, limits, rollout, updates):
    """Each is told when the rollout comes to it, and sends start and end, but no progress where
    that would make it late.
    """

    def best_ms(share):
        number = share * count
        told = number * 60_000 / rollout
        # Two requests of each: the last one's end comes behind all the others.
        return WORK_MS + 2.5 * ROUND_TRIP_MS + max(told, _rate_ms(2 * number, limits["writes"]))

    return best_ms


def alone(conduct):
    """One board connects again, as if there were no other."""

    def best_ms(share):
        return share * conduct.retry_ms + HANDSHAKE_MS + 3 * ROUND_TRIP_MS

    return best_ms
