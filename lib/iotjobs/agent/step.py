"""`Step`: one step of a job document, which is to its handler what a Job is."""

# How a step begins, as the document's record has it.
NEW = 0  # its handler has not been called
BEGUN = 1  # it has, and then came a reset

_SCHEMA = ("handler", "args", "path", "command")  # members of "input" that are not a handler's


class Step:
    """What the handler sees of a Job, but `get`, `count`, `document`, `state`, `resumed` and
    `reset` are of this step. `get` of a name that is one of the handler's `parameters` is the
    argument at that place, a str; of one that has a "*" before it, that argument and all after it.
    What is no argument it reads from the step's "input"; but "path" there is the schema's, never a
    handler's. `args`: all arguments, a list of str. `state` may have as JSON about 20 bytes less
    than a Job's.
    """

    state = None

    def __init__(self, job, record, path, parameters, args, last):
        self._job = job
        self._at = record[0]
        self._path = path
        self._parameters = parameters
        self._last = last
        self.args = args
        self.resumed = record[1] != NEW
        self.state = record[2]

    def __getattr__(self, name):
        return getattr(self._job, name)  # job_id, progress, offline, ..

    @property
    def document(self):
        """The step's input as Python's own objects."""
        return self.get()

    def get(self, *path):
        """As a Job's, of the step's arguments and "input"; None where there is nothing."""
        if len(path) == 1:
            names = self._parameters
            for index in range(len(names)):
                if names[index] == path[0] and index < len(self.args):
                    return self.args[index]
                if names[index] == "*" + path[0] and index < len(self.args):
                    return " ".join(self.args[index:])
            if path[0] in names and path[0] in _SCHEMA:
                return None
        return self._job.get(*self._path, *path)

    def count(self, *path):
        """As a Job's, within the step's "input"."""
        return self._job.count(*self._path, *path)

    def keep(self, state):
        """As a Job's."""
        job = self._job
        job.keep([self._at, BEGUN, state])
        self.state = job.state and job.state[2]

    def reset(self, details=None, resume=False):
        """As a Job's; but without `resume`, and if other steps follow, it goes on with the next
        one after the reset.
        """
        job = self._job
        if not (resume or self._last):
            job.keep([self._at + 1, NEW, None])
            resume = True
        job.reset(details, resume)
