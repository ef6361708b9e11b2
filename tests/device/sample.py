"""What the default run tries of a matrix: a sample, which is chosen and not cut.

`exhaustive`: everything is tried. run.py sets it.
"""

import watched
from flash import CUTS

exhaustive = False
NEVER = 1 << 29  # a story has never so many changes
COMMITS = ("rename", "remove")  # what they do counts from then on


def combined(first, second, *others):
    """The combinations of one value each of these sequences. A sample: each of `first` with each
    of `second`, and the values of the others in turn.
    """
    for i, one in enumerate(first):
        for k, two in enumerate(second):
            if exhaustive:
                for rest in _product(others):
                    yield (one, two) + rest
            else:
                turn = i + k
                rest = []
                for values in others:
                    rest.append(values[turn % len(values)])
                    turn //= len(values)
                yield (one, two) + tuple(rest)


def _product(sequences):
    if not sequences:
        return [()]
    return [(one,) + rest for one in sequences[0] for rest in _product(sequences[1:])]


class Cuts:
    """Where the power is cut in a story. `story(at)` lets it go at the change number `at` of a
    flash (see Flash.cut), or comes to its end. For a sample it is called here, once and to its
    end, to see which operation of the file system each change belongs to.

    A sample has, for each way to cut, a cut in each operation that differs in what is done or to
    which file, in every rename and removal, at each change of one of those of a file, at the first
    and the last change, and at each that is part of no operation.
    """

    def __init__(self, story):
        self._changes = None if exhaustive else watched.operations(lambda: story(NEVER))
        self._again = set()  # the operations in which there was a second cut

    def of(self, how, first=0, step=1):
        """The changes at which it is cut in this way (of CUTS), and last one that never comes.
        Everything: each, or so many, and without an end: the caller stops when nothing was cut.
        """
        return every(first, step) if exhaustive else sorted(self._sample(how)) + [NEVER]

    def after(self, at, how, step, story):
        """After a cut at `at`, and the restart, where it is cut again in `story`, which is as in
        the constructor. A sample: after the first cut in each kind of operation, in each kind of
        operation once, and in each operation in which it was not yet cut again. Everything: at
        every so many changes, differently after each cut.
        """
        if exhaustive:
            return every(at % step, step)
        sample = self._sample(how)
        if at not in sample or at != min(cut for cut in sample if sample[cut] == sample[at]):
            return ()
        seconds = Cuts(story)
        chosen = []
        kinds = set()
        for second, kind in sorted(seconds._sample(how).items()):
            operation = seconds._changes[second]
            if kind not in kinds or operation not in self._again:
                chosen.append(second)
                kinds.add(kind)
                self._again.add(operation)
        return chosen

    def _sample(self, how):
        # Change number to the kind of its operation.
        changes = self._changes
        times = {}  # operation to when it is done: [first change, last change]
        sample = {}
        for at, operation in enumerate(changes):
            if operation is None:
                sample[at] = None
            elif at and changes[at - 1] == operation:
                times[operation][-1][1] = at
            else:
                times.setdefault(operation, []).append([at, at])
        for operation, spans in times.items():
            kind = operation[0]
            # Of several times each way to cut has another.
            chosen = spans[len(spans) * CUTS.index(how) // len(CUTS)]
            for span in spans if kind in COMMITS else (chosen,):
                first, last = span
                if kind in COMMITS and span is chosen:
                    within = range(first, last + 1)
                elif how in ("done", "lost"):
                    within = (last,)
                else:
                    within = ((first + last) // 2,)
                for at in within:
                    sample[at] = kind
        for at in (0, len(changes) - 1):
            if changes:
                sample.setdefault(at, "end")
        return sample


def every(first=0, step=1):
    """first, first + step, … without an end."""
    while True:
        yield first
        first += step
