"""What a person who runs a program is told."""


class RunError(Exception):
    """It cannot be run so; the text says what to do."""
