"""A sample of a matrix: what it has of each operation, and that everything is more than that."""

import os

import sample
import vfs
import watched
from afterwards import replaced
from flash import CUTS, cut_off, formatted, mounted
from support import equal

NAMES = ("a", "b")


def save_both(device, at, how="done"):
    """Replace two files, one after the other, with a cut; whether there was one."""
    mounted(vfs.VfsLfs2, device)
    device.cut(at, how)
    cut = cut_off(_save)
    device.restart()
    return cut


def _save():
    for name in NAMES:
        new = "/flash/%s.new" % name
        with open(new, "wb") as file:
            file.write(b"x" * 700)
            file.flush()
        os.rename(new, "/flash/" + name)
    os.mkdir("/flash/folder")
    os.rmdir("/flash/folder")
    os.remove("/flash/a")


def story(at):
    return save_both(formatted(vfs.VfsLfs2), at)


def exhaustive(value):
    """Let everything be tried, or a sample, until the test has ended."""
    replaced(sample, "exhaustive", value)


def test_each_change_belongs_to_the_operation_of_the_file_system_that_makes_it():
    seen = []
    for operation in watched.operations(lambda: story(sample.NEVER)):
        if seen[-1:] != [operation]:
            seen.append(operation)
    wanted = []
    for name in NAMES:
        wanted += [(verb, "/%s.new" % name) for verb in ("open", "write", "flush")]
        wanted.append(("rename", "/" + name))
    equal(seen, wanted + [("mkdir", "/folder"), ("rmdir", "/folder"), ("remove", "/a")])


def test_what_is_watched_does_what_it_does_otherwise():
    def count():
        device = formatted(vfs.VfsLfs2)
        equal(save_both(device, sample.NEVER), False)
        equal(sorted(os.listdir("/flash")), ["b"])
        with open("/flash/b", "rb") as file:
            equal(file.read(), b"x" * 700)
        changes.append(device.operations)

    changes = []
    seen = watched.operations(count)
    count()
    equal(changes, [len(seen)] * 2)


def test_a_sample_has_each_operation_and_each_way_and_both_ends_and_no_cut():
    exhaustive(False)
    changes = watched.operations(lambda: story(sample.NEVER))
    for ways in (CUTS, ("done", "lost"), ("torn",)):
        cuts = sample.Cuts(story, ways)
        tried = {}  # operation to the ways in which it was cut
        for how in ways:
            chosen = cuts.of(how)
            equal((chosen[0], chosen[-2:]), (0, [len(changes) - 1, sample.NEVER]))
            equal(len(chosen) < len(changes) // 2 + 4, True, chosen)
            for at in chosen[:-1]:
                tried.setdefault(changes[at], set()).add(how)
        equal(set(tried), set(changes))
        for operation in tried:
            kind = operation[0]
            if kind not in sample.IN_TURN + sample.COMMITS:
                equal(tried[operation], set(ways), operation)
            of_kind = [tried[other] for other in tried if other[0] == kind]
            equal({how for hows in of_kind for how in hows}, set(ways), kind)


def test_a_sample_has_each_change_of_a_rename_and_a_removal_and_of_the_first_in_each_way():
    exhaustive(False)
    changes = watched.operations(lambda: story(sample.NEVER))
    cuts = sample.Cuts(story)
    tried = [at for how in CUTS for at in cuts.of(how)]
    seen = set()
    for at, operation in enumerate(changes):
        if operation[0] in sample.COMMITS:
            ways = 1 if operation[0] in seen else len(CUTS)
            # The last change of all is cut in each way too.
            equal(tried.count(at), len(CUTS) if at == len(changes) - 1 else ways, operation)
            if changes[at + 1 : at + 2] != [operation]:
                seen.add(operation[0])
    equal(seen, set(sample.COMMITS))


def test_every_change_is_cut_where_everything_is_tried():
    exhaustive(True)
    cuts = 0
    for at in sample.Cuts(story).of("lost"):
        equal(at, cuts)
        if not story(at):
            break
        cuts += 1
    equal(cuts, len(watched.operations(lambda: story(sample.NEVER))))


def test_it_is_cut_again_in_each_operation_after_the_first_cut_in_each_kind():
    exhaustive(False)
    changes = watched.operations(lambda: story(sample.NEVER))

    def seconds(again=False):
        cuts = sample.Cuts(story, ("lost",))
        return [(at, cuts.after(at, "lost", 7, story)) for at in cuts.of("lost", again=again)]

    tried = [(at, after) for at, after in seconds() if after]
    kinds = {operation[0] for operation in changes}
    for at, after in tried:
        due = kinds - set(sample.IN_TURN) if changes[at][0] in sample.IN_TURN else kinds
        equal(due <= {changes[second][0] for second in after}, True, (at, after))
    equal({changes[at] for at in tried[0][1]}, set(changes))
    # "end" is a kind too, if the first or the last change is in no other.
    equal(len(tried) - len(kinds) in (0, 1), True, tried)
    # With `again` the others are left out, but for the one that never comes.
    equal(seconds(True), tried + [(sample.NEVER, ())])


def test_combinations_have_each_pair_of_the_first_two_and_each_of_the_others():
    axes = (range(5), "abc", (True, False), range(4))
    exhaustive(True)
    everything = list(sample.combined(*axes))
    equal((len(everything), len(set(everything))), (5 * 3 * 2 * 4, 5 * 3 * 2 * 4))
    exhaustive(False)
    chosen = list(sample.combined(*axes))
    equal({case[:2] for case in chosen}, {case[:2] for case in everything})
    equal(
        (len(chosen), {case[2] for case in chosen}, {case[3] for case in chosen}),
        (15, {True, False}, {0, 1, 2, 3}),
    )
