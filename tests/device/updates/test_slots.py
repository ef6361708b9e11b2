"""Slots: which application runs, on trial and not, and what its marks may have become."""

import gc
import json
import os
import sys
from binascii import crc32

import micropython
import on_flash
import vfs
from afterwards import afterwards
from flash import mounted
from iotjobs import slots
from iotjobs.links.link import LinkError
from iotjobs.updates.slots import Slots
from on_flash import KINDS, write
from one_job import Reset, reset
from support import equal, raises
from update_bench import ROOT, Timer, forget, made, put

RAISES = "{}['x']"
CONFIRMS = "from iotjobs import slots\nslots.confirm()\n1 // 0"


class Board:
    """A flash with an application in `a`, and the starts of main.py on it."""

    def __init__(self, kind=vfs.VfsLfs2):
        self.device = made(kind, {"app.py": b""})
        self.kind = kind
        self.timers = []
        self.fresh()

    def fresh(self):
        self.device = self.device.restart()
        mounted(self.kind, self.device)
        forget()
        afterwards(forget)
        return Slots(ROOT)

    def install(self, code, version="1.2.0"):
        """Put an application into the other slot, and make that current."""
        current = self.fresh()
        current.clear()
        put(current.other, {"app.py": code.encode()})
        current.activate(version, "job " + version)

    def start(self, attempts=3, timer=None):
        """Start it: the slot that runs, or the exception that passed."""
        self.fresh()
        try:
            slots.run(ROOT, "app", 60_000, attempts, reset, timer or self.timer)
        except BaseException as error:
            return type(error).__name__
        finally:
            gc.threshold(-1)  # a large heap is long collected
        equal(sys.path[0], ROOT + "/" + slots.running.slot)
        return slots.running.slot

    def timer(self, ms, callback):
        self.timers.append(Timer(ms, callback))
        return self.timers[-1]


def test_the_first_application_is_in_a_and_is_never_on_trial():
    for kind in KINDS:
        board = Board(kind)
        equal([board.start() for _ in range(5)], ["a"] * 5)
        slots.confirm()
        equal((slots.running.on_trial, slots.running.version), (False, ""))
        equal((board.timers, os.listdir(ROOT)), ([], ["a"]))


def test_an_application_is_loaded_so_that_what_lives_stays_together():
    board = Board()
    board.install("import gc\nat_import = gc.threshold()")
    equal(board.start(), "b")
    equal(sys.modules["app"].at_import, 8_192)


def test_what_a_trial_comes_to():
    for kind in KINDS:
        for code, starts in (
            ("", ["b", "b", "b", "a", "a"]),
            (RAISES, ["Reset", "a", "a"]),
            ("raise SystemExit", ["SystemExit"] * 3 + ["a", "a"]),
            ("raise KeyboardInterrupt", ["KeyboardInterrupt"] * 3 + ["a"]),
            (CONFIRMS, ["ZeroDivisionError"] * 6),
        ):
            board = Board(kind)
            board.install(code)
            equal([board.start() for _ in starts], starts, (kind, code))


def test_why_it_was_rolled_back_is_kept():
    for code, why in (
        ("", "not confirmed in 2 starts"),
        (RAISES, "KeyError: x (app.py, line 1)"),
    ):
        board = Board()
        board.install(code)
        for _ in range(3):
            board.start(attempts=2)
        mark = board.fresh().mark_of("job 1.2.0")
        equal((mark["why"], mark["version"]), (why, "1.2.0"))
        equal(board.fresh().mark_of("another"), None)


def test_a_long_reason_still_ends_with_its_place():
    board = Board()
    board.install("raise KeyError(300 * 'x')")
    board.start()
    why = board.fresh().mark_of("job 1.2.0")["why"]
    equal((why[:12], why[-18:]), ("KeyError: xx", "x (app.py, line 1)"))


def on_trial():
    """A board that runs, on trial, an application that does nothing."""
    board = Board()
    board.install("")
    equal(board.start(), "b")
    return board


def test_a_long_reason_or_a_strange_one_is_kept_too():
    for why in ("x" * 1000, "\x01" * 200, "\u20ac" * 300, ""):
        board = on_trial()
        slots.running.roll_back(why)
        equal(board.fresh().mark_of("job 1.2.0")["why"], why[:200])
        equal(board.fresh().slot, "a")


def test_confirmed_it_stays_and_the_timer_is_gone():
    board = on_trial()
    equal(slots.running.on_trial, True)
    equal((board.timers[0].ms, board.timers[0].gone), (67_500, False))
    raises(Reset, board.timers[0].callback, None)
    slots.confirm()
    slots.confirm()
    equal((slots.running.on_trial, board.timers[0].gone), (False, True))
    equal([board.start() for _ in range(5)], ["b"] * 5)
    equal((len(board.timers), slots.running.version), (1, "1.2.0"))
    raises(ValueError, slots.running.roll_back, "why")


def test_updates_take_turns():
    board = Board()
    for number, slot in enumerate("babab"):
        board.install("", "1.%d" % number)
        equal(board.start(), slot)
        slots.confirm()
        equal(slots.running.version, "1.%d" % number)
    board.install(RAISES, "2.0")
    equal([board.start(), board.start()], ["Reset", "b"])
    board.install("", "2.1")
    equal([board.start(), slots.running.version], ["a", "2.1"])


def test_on_trial_the_other_slot_is_not_touched():
    on_trial()
    raises(ValueError, slots.running.clear)


def test_without_run_confirm_does_nothing():
    slots.running = None
    slots.confirm()
    slots.confirm(Agent())


class Agent:
    """What `confirm` looks at, as it is after so many ms in which it was polled."""

    now = 0x1FFFFFFF  # ticks that go round
    state = "OFFLINE"
    last_error = None

    def ticks_ms(self):
        return self.now & 0x3FFFFFFF

    def lives(self, *story):
        """Polled each half a second: (seconds, the stage of the last error, or an error)."""
        for seconds, error in story:
            self.last_error = LinkError(error, "") if isinstance(error, str) else error
            for _ in range(2 * seconds):
                self.now += 500
                slots.confirm(self)


LACKS = (7, None)  # the network, for more than a tenth of the 60 s in which it is to confirm
HANGS = (2, None)


def starts(story, code=""):
    """How often an application that does this is started before it is rolled back."""
    board = Board()
    board.install(code)
    for count in range(100):
        if board.start() == "a":
            return count
        Agent().lives(*story(count))
    raise AssertionError("never rolled back")


def test_a_start_that_only_lacked_the_network_counts_a_sixteenth():
    for story, wanted in (
        ([(7, None)], 48),
        ([(7, "dns")], 48),
        ([(7, "tcp")], 48),
        ([(3, None), (3, "dns"), (1, "tcp")], 48),
        ([(7, "dns"), (100, "certificate")], 48),
        ([(100, "certificate"), (7, "dns")], 48),
        ([(6, None)], 3),  # a tick too short
        ([(5, "dns"), (1, "lost"), (5, "dns")], 3),
        ([(100, "certificate")], 3),
        ([(100, "connack")], 3),
        ([(100, OSError(5))], 3),  # of its own function for `network`
        ([], 3),
    ):
        equal(starts(lambda count, story=story: story), wanted, story)


def test_a_trial_that_hangs_counts_however_many_starts_lacked_the_network():
    for lacking, wanted in ((0, 3), (1, 4), (15, 18), (16, 18), (17, 19), (32, 33), (47, 48)):
        found = starts(lambda count, lacking=lacking: [LACKS if count < lacking else HANGS])
        equal(found, wanted, lacking)


def test_with_an_agent_it_is_confirmed_when_the_service_was_reached():
    for state, confirmed in (
        ("OFFLINE", False),
        ("CONNECTING", False),
        ("SYNCING", False),
        ("IDLE", True),
        ("RUNNING", True),
        ("REPORTING", True),
    ):
        on_trial()
        agent = Agent()
        agent.lives(LACKS)
        agent.state = state
        slots.confirm(agent)
        equal(slots.running.on_trial, not confirmed, state)
        writes = on_flash.read(ROOT + "/b.slot")
        agent.lives((100, "tcp"))  # each start is excused once, and what is confirmed never
        equal(on_flash.read(ROOT + "/b.slot"), writes)


def test_where_it_cannot_be_written_that_the_network_was_missing_the_start_counts():
    board = on_trial()
    board.device.broken = True
    Agent().lives((100, None))
    board.device.broken = False
    equal(slots.running.mark_of("job 1.2.0")["trial"], 16)
    equal([board.start() for _ in range(3)], ["b", "b", "a"])


def test_to_wait_for_the_network_on_trial_allocates_nothing():
    on_trial()
    agent = Agent()
    agent.lives((7, "dns"))
    micropython.heap_lock()
    try:
        slots.confirm(agent)
        agent.last_error = None
        slots.confirm(agent)
    finally:
        micropython.heap_unlock()


def mark(slot, text=None, name=".slot", **changed):
    whole = {"serial": 5, "version": "5", "job": "j", "fetched": "", "trial": None, "why": None}
    whole.update(changed)
    data = json.dumps(whole).encode() if text is None else text
    crc = b"00000000" if text == b"torn" else b"%08x" % crc32(data)
    write("%s/%s%s" % (ROOT, slot, name), crc + data)


def chosen():
    """The slot that would run, and whether on trial."""
    found = Slots(ROOT)
    return found.slot, found.on_trial


def test_marks_that_cannot_be_read():
    for text in (
        b"torn",
        b"",
        b"{}",
        b"[]",
        b"7",
        b'{"serial":1}',
        b'{"serial":"1","version":"","job":"","fetched":"","trial":0,"why":null}',
        b'{"serial":1,"version":"","job":"","fetched":"","trial":"x","why":null}',
        b'{"serial":1,"version":"","job":"","fetched":"","trial":0,"why":[]}',
        b"#" * 5000,
    ):
        board = Board()
        put(ROOT + "/b", {"app.py": b""})
        # Where there is a good one it counts.
        mark("a")
        mark("b", text)
        equal(chosen(), ("a", False), text)
        # Where not, the slot was current once, but nobody knows how it was: it is tried.
        os.remove(ROOT + "/a.slot")
        board.device.power_off()
        equal([board.start() for _ in range(4)], ["b", "b", "b", "a"], text)
        # So it is with both.
        mark("a", text)
        mark("b", text)
        equal(chosen(), ("a", True), text)


def test_what_was_rolled_back_is_not_run_even_if_the_other_has_no_mark():
    for slot, other in (("a", "b"), ("b", "a")):
        board = Board()
        mark(slot, trial=3, why="not confirmed in 3 starts")
        equal(chosen(), (other, False))
        board.device.power_off()


def test_a_new_mark_whose_rename_was_cut_off_is_taken_if_it_is_whole():
    board = Board()
    put(ROOT + "/b", {"app.py": b""})
    for text in (None, b"torn"):  # the second one beside a good mark
        mark("b", text, ".slot.new")
        equal((Slots(ROOT).slot, sorted(os.listdir(ROOT))), ("b", ["a", "b", "b.slot"]))
    os.remove(ROOT + "/b.slot")
    mark("b", b"torn", ".slot.new")
    equal((Slots(ROOT).slot, sorted(os.listdir(ROOT))), ("a", ["a", "b"]))
    board.device.power_off()


def test_what_cannot_be_counted_is_not_run():
    for code in ("", CONFIRMS):
        board = Board()
        board.install(code)
        board.fresh()
        board.device.broken = True
        slots.run(ROOT, "app", 60_000, 3, reset, board.timer)
        equal((slots.running.slot, slots.running.on_trial), ("a", False))
        why = slots.running.mark_of("job 1.2.0")["why"]
        equal(why.startswith("its start cannot be counted: "), True, why)
        board.device.broken = False
        equal(board.start(), "b" if not code else "ZeroDivisionError")  # it was not written


def test_on_a_full_flash_a_roll_back_takes_the_mark_away():
    board = on_trial()

    def full(slot, mark):
        raise OSError(28)

    slots.running._save = full
    slots.running.roll_back("why")
    equal(slots.running.on_trial, False)
    equal((board.fresh().slot, board.fresh().mark_of("job 1.2.0")), ("a", None))


def test_no_folder_at_all_is_the_exception_of_the_import():
    board = Board()
    os.remove(ROOT + "/a/app.py")
    os.rmdir(ROOT + "/a")
    board.device.power_off()
    equal(board.start(), "ImportError")


def test_the_timer_is_the_boards_virtual_or_its_first():
    made_of = []

    class Machine:
        class Timer:
            PERIODIC = 1

            def __init__(self, number):
                if number not in numbers:
                    raise ValueError("invalid Timer number")
                made_of.append(number)

            def init(self, **settings):
                made_of.append(settings)

    before = sys.modules.get("machine")
    sys.modules["machine"] = Machine
    try:
        for numbers in ((-1,), (0, 1)):
            slots._timer(7000, reset)
            settings = {"mode": 1, "period": 7000, "callback": reset}
            equal(made_of, [numbers[0], settings])
            made_of.clear()
    finally:
        if before:
            sys.modules["machine"] = before
        else:
            del sys.modules["machine"]
