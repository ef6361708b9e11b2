"""The registry: things and their groups, certificates and their policies, and whose is whose.

`things`, `thing_groups`, `certificates` and `policies` hold what there is; `memberships`,
`principals` and `policy_targets` join two of them each. `principal` is what the data plane asks
for, `principal_changes` tells it what to ask for again. `registry` puts it together.
"""

from .principal import Principal
from .registry import Registry

__all__ = ["Principal", "Registry"]
