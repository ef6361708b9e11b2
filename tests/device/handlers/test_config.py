"""Jobs that change settings."""

import json
import os

import vfs
from flash import PowerCut, cut_off, formatted, mounted
from iotjobs.handlers import config
from iotjobs.outcomes import JobRejected
from on_flash import content, fill_up, names, write
from one_job import Board
from power_matrix import WAYS, PowerMatrix
from support import equal, raises

FOLDER = "/flash/own"
PATH = FOLDER + "/settings.json"
BEFORE = {"every_s": 60, "leds": {"red": 1, "blue": 2}, "names": ["a"]}
PATCH = {"every_s": 10, "leds": {"red": None, "green": 3}, "names": ["b", "c"], "key": "s3cret"}
AFTER = {"every_s": 10, "leds": {"blue": 2, "green": 3}, "names": ["b", "c"], "key": "s3cret"}

# RFC 7386, appendix A: original, patch, result.
OF_THE_RFC = (
    ({"a": "b"}, {"a": "c"}, {"a": "c"}),
    ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
    ({"a": "b"}, {"a": None}, {}),
    ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
    ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
    ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
    ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
    ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
    (["a", "b"], ["c", "d"], ["c", "d"]),
    ({"a": "b"}, ["c"], ["c"]),
    ({"a": "foo"}, None, None),
    ({"a": "foo"}, "bar", "bar"),
    ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
    ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
    ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
)


def made(kind=vfs.VfsLfs2, before=BEFORE, blocks=64):
    device = formatted(kind, 512, blocks)
    mounted(kind, device)
    os.mkdir(FOLDER)
    if before is not None:
        write(PATH, before if isinstance(before, bytes) else json.dumps(before))
    return device.copy()


def board(document, device=None, **settings):
    def register(agent):
        config.register(agent, PATH, **settings)

    document = dict({"operation": "config"}, **document)
    return Board(vfs.VfsLfs2, device or made(), document, register)


def ended(document, device=None, **settings):
    """How such a job ends."""
    made = board(document, device, **settings)
    made.live()
    return made.status, made.details


def on_disk(path=PATH):
    text = content(path)
    return None if text is None else json.loads(text)


def test_a_patch_is_merged_as_the_rfc_has_it():
    for original, patch, result in OF_THE_RFC:
        equal(config.merged(original, patch), result, (original, patch))


def test_what_is_merged_is_not_altered():
    original = {"a": {"b": 1}}
    config.merged(original, {"a": {"b": 2, "c": 3}})
    equal(original, {"a": {"b": 1}})


def test_a_patch_that_is_too_deep_is_refused():
    patch = {"a": 1}
    for _ in range(15):
        patch = {"a": patch}
    config.merged({}, patch)
    raises(JobRejected, config.merged, {}, {"a": patch})


def test_a_job_changes_settings_and_keeps_the_previous():
    equal(ended({"settings": PATCH}), ("SUCCEEDED", {"settings": "changed"}))
    equal(on_disk(), AFTER)
    equal(on_disk(PATH + ".old"), BEFORE)
    equal(config.load(PATH), AFTER)
    equal(names(FOLDER), ["settings.json", "settings.json.old"])


def test_settings_may_come_as_text_as_an_argument_does():
    equal(ended({"settings": json.dumps(PATCH)})[0], "SUCCEEDED")
    equal(on_disk(), AFTER)


def test_where_there_are_none_they_are_made():
    equal(ended({"settings": {"a": 1}}, made(before=None))[0], "SUCCEEDED")
    equal((on_disk(), on_disk(PATH + ".old")), ({"a": 1}, {}))
    mounted(vfs.VfsLfs2, made(before=None))
    equal(config.load(PATH), {})


def test_settings_that_are_so_already_are_not_written():
    equal(ended({"settings": {"every_s": 60}}), ("SUCCEEDED", {"settings": "unchanged"}))
    equal(names(FOLDER), ["settings.json"])


def test_what_is_no_patch_is_rejected():
    for given in (None, [], 1, True, "x", "[1]", ""):
        wanted = ("REJECTED", {"reason": "settings: not a JSON object"})
        equal(ended({"settings": given}), wanted, given)
    equal(on_disk(), BEFORE)


def test_settings_that_cannot_be_read_are_left_alone():
    for before in (b"{", b"[1]", b""):
        status, details = ended({"settings": PATCH}, made(before=before))
        equal(status, "FAILED", before)
        equal(details["reason"].startswith("the settings that there are: "), True)
        equal((content(PATH), names(FOLDER)), (before, ["settings.json"]))


def test_settings_that_become_too_large_are_not_written():
    wanted = ("FAILED", {"reason": "settings of more than 300 bytes"})
    equal(ended({"settings": {"a": "x" * 300}}, max_size=300), wanted)
    equal(names(FOLDER), ["settings.json"])


def test_on_a_full_disk_the_old_settings_stay():
    device = made(blocks=16)
    mounted(vfs.VfsLfs2, device)
    fill_up()
    status, details = ended({"settings": {"a": "x" * 2000}}, device.copy())
    equal((status, "cannot write /flash/own/settings" in details["reason"]), ("FAILED", True))
    equal(on_disk(), BEFORE)


def failing(settings):
    raise ValueError("no such pin")


def test_no_value_is_in_what_is_reported():
    told = board({"settings": PATCH}, apply=failing)
    equal(told.live(), "FAILED")
    equal("s3cret" in str(told.updates), False)


def test_the_program_applies_them_once_they_are_in_place():
    seen = []
    end = ended({"settings": PATCH}, apply=lambda settings: seen.append((settings, on_disk())))
    equal(end, ("SUCCEEDED", {"settings": "changed"}))
    equal(seen, [(AFTER, AFTER)])


def test_settings_that_cannot_be_applied_are_taken_back():
    seen = []

    def fails(settings):
        seen.append(settings)
        if len(seen) == 1:
            failing(settings)

    wanted = ("FAILED", {"reason": "not applied: ValueError: no such pin"})
    equal(ended({"settings": PATCH}, apply=fails), wanted)
    equal((on_disk(), seen), (BEFORE, [AFTER, BEFORE]))


def test_it_is_so_after_a_reset_before_they_were_applied():
    lives = []

    def applied(settings):
        lives.append(settings)
        if len(lives) == 1:
            raise PowerCut
        raise ValueError

    one = board({"settings": PATCH}, apply=applied)
    cut_off(one.live)
    mounted(vfs.VfsLfs2, one.device)
    equal(on_disk(), AFTER)
    equal(one.live(), "FAILED")
    equal((on_disk(), lives), (BEFORE, [AFTER, AFTER, BEFORE]))


def test_what_a_reset_has_left_half_written_is_not_read():
    mounted(vfs.VfsLfs2, made(before=None))
    for half in ("", '{"every_s": 1', "[]"):
        write(PATH + ".new", half)
        equal((config.load(PATH), names(FOLDER)), ({}, []), half)
    write(PATH + ".new", '{"every_s": 1}')
    equal((config.load(PATH), names(FOLDER)), ({"every_s": 1}, ["settings.json"]))


def test_unchanged_settings_that_cannot_be_applied_are_not_taken_back():
    device = made()
    mounted(vfs.VfsLfs2, device)
    write(PATH + ".old", '{"older": 1}')
    equal(ended({"settings": {}}, device.copy(), apply=failing)[0], "FAILED")
    equal(on_disk(), BEFORE)


def test_the_board_is_reset_if_the_program_or_the_document_wants_that():
    for document, settings in (
        ({"settings": PATCH}, {"reset": True}),
        ({"settings": PATCH, "reset": True}, {}),
        ({"settings": PATCH, "reset": "true"}, {}),
    ):
        one = board(document, **settings)
        equal(one.live(), "SUCCEEDED")
        equal((one.lives, one.details), (2, {"settings": "changed"}))


class Matrix(PowerMatrix):
    def board(self, device):
        self.found = []
        one = board({"settings": PATCH}, device)
        one.kind = self.kind
        one.register = self.register
        return one

    def register(self, agent):
        self.found.append(config.load(PATH))  # as the application does when it comes up
        config.register(agent, PATH)

    def end(self, board, case):
        equal(board.live(), "SUCCEEDED", case)
        for settings in self.found:
            equal(settings in (BEFORE, AFTER), True, case)
        equal((on_disk(), on_disk(PATH + ".old")), (AFTER, BEFORE), case)
        equal(names(FOLDER), ["settings.json", "settings.json.old"], case)


def test_wherever_the_power_is_cut_the_settings_are_old_or_new_and_the_status_is_right():
    for kind, hows in WAYS.items():
        matrix = Matrix(kind, made(kind))
        matrix.each(hows, hows, about=kind)
        print("%d power cuts" % matrix.cuts)
