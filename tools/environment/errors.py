"""What is raised when the tools cannot go on."""


class UnusableError(Exception):
    """Something that the tools need is missing; the message says what, and the way out."""
