"""How much was compared."""

import dataclasses


@dataclasses.dataclass
class Counts:
    """What was compared: JSON texts that are accepted and refused, requests sent and refused."""

    accepted: int = 0
    refused: int = 0
    values: int = 0
    sent: int = 0
    unsent: int = 0
    seconds: float = 0.0

    @property
    def cases(self):
        return self.accepted + self.refused

    def __str__(self):
        return (
            f"{self.cases} texts ({self.accepted} accepted with {self.values} values, "
            f"{self.refused} refused), {self.sent + self.unsent} requests ({self.sent} sent, "
            f"{self.unsent} refused), {self.seconds:.1f} s"
        )
