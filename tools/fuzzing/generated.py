"""Cases by hypothesis: which come follows from the seed, and from the versions of Python and of
hypothesis. The speed of the machine, earlier runs and other modules decide nothing.
"""

from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import providers

SETTINGS = settings(deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])

# Now and then it takes a constant that stands in some module that is loaded. Which these are, a
# process that has run other tests does not know; and it reads all of their sources to find out.
providers._get_local_constants = lambda: providers._local_constants
