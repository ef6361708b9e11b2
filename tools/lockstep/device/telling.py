"""What a device tells of itself in words."""

import os

from iotjobs.agent.keeper import Keeper


def described(error):
    """An exception, whatever it is made of."""
    try:
        return repr(error)
    except Exception:
        return type(error).__name__


def kept(path, thing):
    """What a restart finds in the agent's file, as another Keeper has it: the agent's own may be
    wrong. None if there is no file.
    """
    try:
        os.stat(path)
    except OSError:
        return None
    record = Keeper(path, thing).record
    if not record:
        return "found nothing"
    values = record["job"], record["number"], record["outcome"], record["again"]
    return "found %s %d %s %d" % values
