"""What AWS's agents report of an OTA job, in the statusDetails, as they report it."""

_BOUNDS = (256, 256, 65536)


def word(version):
    """`version` (str) as they write it in `updatedBy`: "1.2.3" is "0x1020003". What is no such
    version is itself.
    """
    parts = version.split(".")
    if len(parts) != 3:
        return version
    number = 0
    for at in range(3):
        if not parts[at].isdigit() or int(parts[at]) >= _BOUNDS[at]:
            return version
        number = number * _BOUNDS[at] + int(parts[at])
    return "0x%x" % number


def receive(got, count):
    """So many blocks (int) of all have come."""
    return {"receive": "%d/%d" % (got, count)}


def self_test(state, by):
    """The self test is "ready", "active" or "rejected". `by`: the version (str) of the program
    that has made the update; "" if that is not known.
    """
    return {"self_test": state, "updatedBy": word(by)}


def accepted(version, by):
    """The job is done: this version (str) runs. `by`: as above. "": not known."""
    details = {"reason": "accepted v" + version if version else "accepted"}
    if by:
        details["updatedBy"] = " v" + by
    return details
