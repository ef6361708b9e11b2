"""How many clients may be connected at once: each of them is an open file of this process."""

import contextlib
import resource

MOST = 65_536


def allow_many() -> None:
    """Raise this process's limit on open files as far as its user may, and to MOST. A shell's is
    1,024 on many systems, where 65,536 and more are allowed.
    """
    limit, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST if hard == resource.RLIM_INFINITY else min(hard, MOST)
    if limit != resource.RLIM_INFINITY and limit < wanted:
        # A system may have a limit of its own below the one that it tells.
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
