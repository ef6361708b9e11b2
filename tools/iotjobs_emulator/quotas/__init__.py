"""The service's quotas: their names and defaults, and what is left of each. No I/O.

`names` has the table, `text` reads `--quota`, `bucket` counts a rate by somebody's clock. `Quotas`
(`account`) holds those in force, and counts what they refuse. Whoever serves asks it, and does
what the service does beyond a quota.
"""

from .account import QuotaEvent, Quotas
from .bucket import Bucket
from .names import DEFAULTS, QUOTAS, Quota
from .text import QuotaTextError, parse_quotas

__all__ = [
    "DEFAULTS",
    "QUOTAS",
    "Bucket",
    "Quota",
    "QuotaEvent",
    "QuotaTextError",
    "Quotas",
    "parse_quotas",
]
