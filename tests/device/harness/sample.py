"""What the default run tries of a matrix: a sample, which is chosen and not cut.

`exhaustive`: everything is tried. run.py sets it.
"""

import watched
from flash import CUTS

exhaustive = False
NEVER = 1 << 29  # a story has never so many changes
COMMITS = ("rename", "remove")  # what they do counts from then on
IN_TURN = ("open", "write", "flush", "close", "mkdir")  # they only prepare that


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
    end, to see which operation of the file system each change belongs to. `ways`: those of
    flash.CUTS in which it is cut, here and in other tests of this story; `turns`: those of them of
    which each rename and removal has one, by default all.

    Operations are one if they do the same to the same file. A sample has, for each way to cut, the
    first and the last change, and each that is part of no operation. Every rename and removal is
    cut each time that it is done, and one of those of a file at each change: each of these in one
    of the ways, by turns; those of the first file in all of them. What only prepares (IN_TURN) is
    cut once, in one of the ways, by turns too, and each kind of operation in all of them.
    """

    def __init__(self, story, ways=CUTS, turns=None):
        self._ways = ways
        self._turns = turns or ways
        self._changes = None if exhaustive else watched.operations(lambda: story(NEVER))
        self._again = set()  # the operations in which there was a second cut

    def of(self, how, first=0, step=1, again=False):
        """The changes at which it is cut in this way, and last one that never comes. A sample with
        `again`: only those after which it is cut again. Everything: each, or so many, and without
        an end: the caller stops when nothing was cut.
        """
        if exhaustive:
            return every(first, step)
        sample = self._sample(how)
        return sorted(_firsts(sample) if again else sample) + [NEVER]

    def after(self, at, how, step, story):
        """After a cut at `at`, and the restart, where it is cut again in `story`.

        `story` is as in the constructor. A sample is after the first cut in each kind of
        operation, in each operation in which it was not yet cut again. It has each kind once, but
        for two that both only prepare. Everything: at every so many changes, differently after
        each cut.
        """
        if exhaustive:
            return every(at % step, step)
        firsts = self._sample(how)
        if at not in _firsts(firsts):
            return ()
        seconds = Cuts(story, (how,))
        chosen = []
        kinds = set(IN_TURN) if firsts[at] in IN_TURN else set()
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
        kinds = {}  # kind to its operations, as they first come
        for operation in sorted(times, key=lambda operation: times[operation][0]):
            kinds.setdefault(operation[0], []).append(operation)
        turn = self._turns.index(how)
        for kind, operations in kinds.items():
            if kind in COMMITS:
                turn = self._commits(sample, operations, times, turn)
                continue
            if kind in IN_TURN:
                operations = self._in_turn(operations, how)
            for operation in operations:
                spans = times[operation]
                # Of several times each way to cut has another.
                first, last = spans[len(spans) * CUTS.index(how) // len(CUTS)]
                sample[last if how in ("done", "lost") else (first + last) // 2] = kind
        for at in (0, len(changes) - 1):
            if changes:
                sample.setdefault(at, "end")
        return sample

    def _commits(self, sample, operations, times, turn):
        # Each change of these has its turn, but for the first operation, which has it always.
        for operation in operations:
            for first, last in times[operation]:
                whole = first == times[operation][0][0]
                for at in range(first if whole else last, last + 1):
                    if operation is operations[0] or turn % len(self._turns) == 0:
                        sample[at] = operation[0]
                    turn += 1
        return turn

    def _in_turn(self, operations, how):
        ways = self._ways
        turns = range(ways.index(how), max(len(operations), len(ways)), len(ways))
        return {operations[turn % len(operations)] for turn in turns}


def _firsts(sample):
    # The first change of each kind in this sample.
    firsts = {}
    for at, kind in sample.items():
        firsts[kind] = min(at, firsts.get(kind, at))
    return set(firsts.values())


def every(first=0, step=1):
    """first, first + step, … without an end."""
    while True:
        yield first
        first += step
