"""Jobs that change settings."""

import json

import vfs
from config_bench import (
    AFTER,
    BEFORE,
    FOLDER,
    PATCH,
    PATH,
    board,
    ended,
    made,
    on_disk,
    whole_on_disk,
)
from flash import PowerCut, cut_off, mounted
from iotjobs.handlers import config
from iotjobs.outcomes import JobFailed, JobRejected
from on_flash import fill_up, names, write
from power_matrix import WAYS, PowerMatrix
from support import equal, raises

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
    for given in (None, [], 1, True, "x", "[1]", "", '{"every_s": 1', '{"every_s": 1} x'):
        wanted = ("REJECTED", {"reason": "settings: not a JSON object"})
        equal(ended({"settings": given}), wanted, given)
    equal(on_disk(), BEFORE)


BROKEN = (
    b"{",
    b"[1]",
    b"",
    b'{"every_s": 36',
    b"\xef\xbb\xbf",
    b'{"a": "\xed\xa0\x80"}',
    b"\0" * 99,
)


def test_settings_that_are_broken_are_replaced():
    for before in BROKEN:
        equal(ended({"settings": PATCH}, made(before=before))[0], "SUCCEEDED", before)
        equal(on_disk(), config.merged({}, PATCH), before)
        equal(on_disk(PATH + ".old"), {}, before)
        equal(ended({"settings": {}}, made(before=before)), ("SUCCEEDED", {"settings": "changed"}))
        equal(on_disk(), {}, before)


def test_of_settings_that_are_broken_the_previous_state_is_taken():
    for before in BROKEN:
        device = made(before=before)
        mounted(vfs.VfsLfs2, device)
        error = raises(ValueError, config.load, PATH)
        equal(str(error), PATH + ": not a JSON object", before)
        write(PATH + ".old", json.dumps(BEFORE))
        equal(config.load(PATH), BEFORE, before)
        equal(ended({"settings": PATCH}, device.copy())[0], "SUCCEEDED", before)
        equal((on_disk(), on_disk(PATH + ".old")), (AFTER, BEFORE), before)
        write(PATH + ".old", before)
        write(PATH, before)
        raises(ValueError, config.load, PATH)


def test_a_byte_order_mark_before_the_settings_is_passed_over():
    device = made(before=b"\xef\xbb\xbf" + json.dumps(BEFORE).encode())
    mounted(vfs.VfsLfs2, device)
    equal(config.load(PATH), BEFORE)
    equal(ended({"settings": PATCH}, device.copy())[0], "SUCCEEDED")
    equal(on_disk(), AFTER)


def test_what_is_to_be_removed_goes_first():
    leds = BEFORE["leds"]
    for document, after in (
        ({"remove": ["leds", "names"]}, {"every_s": 60}),
        ({"remove": "leds names"}, {"every_s": 60}),
        ({"remove": ["names", "nosuch"], "settings": {}}, {"every_s": 60, "leds": leds}),
        (
            {"remove": ["leds", "names"], "settings": {"leds": {"red": 5}}},
            {"every_s": 60, "leds": {"red": 5}},
        ),
        ({"remove": ["names", "leds"], "settings": {"every_s": None, "a b": 1}}, {"a b": 1}),
    ):
        equal(ended(document, made()), ("SUCCEEDED", {"settings": "changed"}), document)
        equal(on_disk(), after, document)
    equal(ended({"remove": ["nosuch"]}), ("SUCCEEDED", {"settings": "unchanged"}))
    wanted = ("REJECTED", {"reason": "settings: not a JSON object"})
    equal(ended({"remove": []}), wanted)


def test_what_are_no_names_is_rejected():
    for given in (5, True, {}, [5], ["a", None], [["leds", "red"]]):
        wanted = ("REJECTED", {"reason": "remove: not names"})
        equal(ended({"settings": PATCH, "remove": given}), wanted, given)
    equal(on_disk(), BEFORE)


def test_a_value_that_no_json_has_is_not_written():
    for given in ('{"a": 1e999}', '{"a": {"b": [-1e999]}}'):
        wanted = ("REJECTED", {"reason": "settings: a value that no JSON has"})
        equal(ended({"settings": given}), wanted, given)
        equal(on_disk(), BEFORE)


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


def test_no_value_is_in_what_is_reported_and_the_name_of_a_setting_is():
    for error, told in (
        (ValueError("no such pin: s3cret"), "ValueError"),
        (ValueError("s3cret"), "ValueError"),
        (ValueError("key", "s3cret"), "ValueError"),
        (ValueError(["s3cret"]), "ValueError"),
        (ValueError(), "ValueError"),
        (JobFailed("s3cret", {"a": "s3cret"}), "JobFailed"),
        (JobRejected("key"), "JobRejected: key"),
        (ValueError("key"), "ValueError: key"),
        (KeyError("names"), "KeyError: names"),
        (KeyError("gone"), "KeyError: gone"),
        (OSError(5), "OSError"),
    ):

        def applied(settings, error=error):
            raise error

        device = made(before=json.dumps(dict(BEFORE, gone=1)).encode())
        document = {"settings": PATCH, "remove": ["gone"]}
        it = board(document, device, apply=applied)
        equal((it.live(), it.details), ("FAILED", {"reason": "not applied: " + told}), error)
        equal("s3cret" in str(it.updates), False, error)


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

    wanted = ("FAILED", {"reason": "not applied: ValueError"})
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


def test_of_settings_and_their_previous_state_the_one_that_is_whole_beside_is_taken():
    for kind in WAYS:
        for new in ({}, AFTER):
            text = json.dumps(new)
            mounted(kind, made(kind))
            write(PATH, "")
            write(PATH + ".new", text)
            write(PATH + ".old", '{"older": 1}')
            equal((config.load(PATH), on_disk()), (new, new), kind)
            write(PATH, "{")
            write(PATH + ".old", "")
            write(PATH + ".old.new", text)
            equal((config.load(PATH), on_disk(PATH + ".old")), (new, new), kind)
            equal(names(FOLDER), ["settings.json", "settings.json.old"], kind)


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

    def look(self, board, case):
        mounted(self.kind, board.device)
        equal(whole_on_disk(self.kind) in (BEFORE, AFTER), True, case)

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
