"""How packing fails."""


class PackError(Exception):
    """What was given cannot become such a document; the message names it."""
