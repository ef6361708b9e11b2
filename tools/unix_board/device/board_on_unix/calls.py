"""The power goes after a call: the methods of the job and of the agent are watched for that."""

from board_on_unix import chip


def watch():
    """Watch them, and tell the host their names. Nothing happens where the library is not."""
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
                setattr(kind, name, _watched(names[-1], method))
    chip.tell(calls=names)


def _watched(name, method):
    def call(*arguments, **named):
        try:
            return method(*arguments, **named)
        finally:
            chip.hear()
            if chip.cut == name:
                chip.ends(cut=name)

    return call
