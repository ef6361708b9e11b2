"""In the place of the module `random` of the agent's session."""


class Longest:
    """Draws the longest wait."""

    @staticmethod
    def getrandbits(bits):
        return -1
