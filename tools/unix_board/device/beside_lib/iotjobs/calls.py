"""The power goes after a call: the methods of the job and of the agent are watched for that.

This file's path has lib/iotjobs/ in it: the library takes its lines for its own, and tells none of
them as the place where a handler failed.
"""


def watch(chip):
    """Watch them, and tell the host their names. Nothing happens where the library is not.

    `chip`: the wires to the host, with `hear()`, `cut`, `tell(…)` and `ends(…)` as the unix port's
    have them.
    """
    try:
        from iotjobs.agent.agent import JobsAgent
        from iotjobs.agent.job import Job
    except ImportError:
        return
    names = []
    for owner, kind in (("job", Job), ("agent", JobsAgent)):
        for name in dir(kind):
            method = getattr(kind, name)
            if name[0] != "_" and callable(method):
                names.append(owner + "." + name)
                setattr(kind, name, _watched(chip, names[-1], method))
    chip.tell(calls=names)


def _watched(chip, name, method):
    def call(*arguments, **named):
        try:
            return method(*arguments, **named)
        finally:
            chip.hear()
            if chip.cut == name:
                chip.ends(cut=name)

    return call
