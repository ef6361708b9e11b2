"""Times, as people read them."""

_SLOWEST = 10


def slowest(seconds):
    """Lines that name those that took longest; `seconds` is by name."""
    found = sorted(seconds.items(), key=lambda item: -item[1])[:_SLOWEST]
    return [f"{took:7.1f} s  {name}" for name, took in found if took >= 1]


def spoken(seconds):
    """A time as in "4 min 03 s"."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"
