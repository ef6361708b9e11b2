"""The firmware handler on an ESP32 of which the flash, the bootloader and `esp32.Partition` are
stand-ins: what is taken, what is refused before a byte is fetched, trials, and ways back.
"""

import os
import random
import sys

from esp32_chip import BLOCK, VALID, Chip, image
from example_key import POINT, sign
from firmware_bench import OLD, Board, ended
from iotjobs.updates.partitions import SlotSink
from one_job import Reset
from support import equal, raises
from web import sha256

GOOD = image("good", 2 * BLOCK + 777)


def lived(*arguments, **named):
    """A Board whose job is over."""
    board = Board(*arguments, **named)
    board.live()
    return board


def up():
    """A Board that has started, and not yet connected."""
    board = Board(GOOD)
    board.up()
    return board


def test_a_good_firmware_is_there_to_stay():
    for size in (96, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK + 777, 4 * BLOCK):
        for settings in ({}, {"buffer_size": 512}, {"buffer_size": 3000}):
            board = lived(image("good", size), **settings)
            ended(board, "SUCCEEDED")
            equal(board.details, {"version": "1.2.0", "slot": "ota_1"}, size)
            equal((board.chip.boots, board.chip.state()), (["old", "good"], VALID))
            equal([board.chip.boot() for _ in range(3)], ["good"] * 3)
            start = (2 + board.chip.blocks) * BLOCK
            left = board.chip.flash.content(start, size)
            equal(left == image("good", size), True)
            rest = -size % BLOCK
            equal(board.chip.flash.content(start + size, rest), b"\xff" * rest)
            equal(os.listdir("/flash"), [])
            board = None  # a Pico has no room for two


def test_the_next_one_goes_into_the_other_slot():
    again = lived(image("good", 5000), chip=lived(GOOD).chip)
    ended(again, "SUCCEEDED")
    equal(again.details["slot"], "ota_0")


def test_each_choice_is_recorded_in_the_sector_that_does_not_hold_the_last_one():
    chip = Chip(OLD)
    equal((chip.state(), chip.sector()), (None, None))
    chip.boot()
    equal((chip.state(), chip.sector()), (VALID, 0))
    operations = chip.flash.operations
    chip.boot()
    equal(chip.flash.operations, operations)
    for sector in (1, 0):
        ended(lived(GOOD, chip=chip), "SUCCEEDED")
        equal((chip.state(), chip.sector()), (VALID, sector))


def test_a_bad_firmware_is_rolled_back_and_the_job_says_so():
    for name, told, starts in (
        ("sick", "its check failed", 1),
        ("raises", "ValueError: no sensor", 1),
        ("dead", "version 1.2.0 did not come up", 3),
        ("mute", "version 1.2.0 did not come up", 3),
    ):
        board = lived(image(name, 2 * BLOCK))
        ended(board, "FAILED", "rolled back to ota_0: " + told, name)
        equal(board.chip.boots, ["old"] + [name, "old"] * starts)
        equal([board.chip.boot() for _ in range(3)], ["old"] * 3)
        board = None


def test_a_good_firmware_that_is_reset_on_trial_is_tried_again():
    for resets, end in ((1, "SUCCEEDED"), (2, "SUCCEEDED"), (3, "FAILED")):
        board = Board(GOOD)
        board.resets_on_trial = resets  # as when the power goes in an outage
        board.live()
        ended(board, end, case=resets)
        tried = ["old", "good"] * min(resets + 1, 3)
        equal(board.chip.boots, tried + (["old"] if end == "FAILED" else []))
        requests = len(board.server.requests)
        equal(requests, len(lived(GOOD).server.requests))  # it is fetched once


def test_a_bootloader_without_rollback_is_told_to_go_back():
    for name, status in (("good", "SUCCEEDED"), ("sick", "FAILED"), ("raises", "FAILED")):
        board = lived(image(name, 2 * BLOCK), chip=Chip(OLD, rollback=False))
        ended(board, status)
        equal(board.chip.boot(), "good" if name == "good" else "old", name)
        board = None


def test_a_board_that_does_not_go_back_is_not_reset_for_ever():
    board = Board(image("sick", BLOCK), chip=Chip(OLD, rollback=False))
    choose = board.chip.choose

    def choose_once(slot):
        choose(slot)
        board.chip.choose = lambda slot: None

    board.chip.choose = choose_once
    board.live()
    ended(board, "FAILED", "its check failed; the board does not go back to ota_0")
    equal(board.chip.boots, ["old", "sick", "sick", "sick"])


def test_a_board_that_is_reset_each_time_while_it_chooses_is_not_reset_for_ever():
    board = Board(GOOD)

    def choose(slot):
        raise Reset()  # of a watchdog that set_boot, which reads all of the image, outlasts

    board.chip.choose = choose
    board.live()
    ended(board, "FAILED", "version 1.2.0 did not come up, or was reset before its check")
    equal(board.resets, 3)


def test_a_firmware_that_cannot_be_marked_is_rolled_back():
    board = Board(GOOD)

    def fails():
        raise OSError(-0x101, "ESP_ERR_NO_MEM")

    board.chip.mark_valid = fails
    board.live()
    ended(board, "FAILED", "rolled back to ota_0: cannot be marked as valid: ")
    equal(board.chip.boots, ["old", "good", "old"])
    equal(board.chip.boot(), "old")


def test_what_is_no_job_for_this_board_is_rejected_before_a_byte_is_fetched():
    for members, told in (
        ({"version": None}, "version None"),
        ({"version": "1 2"}, "version '1 2'"),
        ({"size": None}, "size: None"),
        ({"size": -1}, "size: -1"),
        ({"size": 0}, "0 bytes: a slot has 16384"),
        ({"size": 4 * BLOCK + 1}, "16385 bytes: a slot has 16384"),
        ({"size": True}, "size: True"),
        ({"sha256": None}, "sha256"),
        ({"sha256": "00"}, "sha256"),
        ({"url": "ftp://files.example/"}, ""),
        ({"url": 7}, ""),
    ):
        rejected(lived(GOOD, members), told, members)


def of_a_boot():
    """A Chip that has booted, and on which nothing else was done."""
    chip = Chip(OLD)
    chip.boot()
    return chip


def rejected(board, told, case):
    """Its job was, and nothing was fetched or written."""
    ended(board, "REJECTED", told, case)
    booted = of_a_boot()
    equal(board.server.requests, [], case)
    for at in range(0, booted.flash.blocks * BLOCK, BLOCK):
        there = board.chip.flash.content(at, BLOCK)
        equal(there == booted.flash.content(at, BLOCK), True, (case, at))
    equal(board.chip.flash.operations, booted.flash.operations, case)


def test_a_board_without_two_slots_says_so():
    ended(lived(GOOD, chip=Chip(OLD, slots=1)), "REJECTED", "one firmware slot")
    board = up()
    del sys.modules["esp32"]
    board.run()
    ended(board, "REJECTED", "this board has no firmware slots")
    equal(board.server.requests, [])


def test_a_partition_table_without_ota_says_so():
    board = up()

    def none(self):
        raise OSError(2)

    sys.modules["esp32"].Partition.get_next_update = none
    board.run()
    ended(board, "REJECTED", "one firmware slot")


def not_booted(content, members, told):
    """A job for this content, with these members, fails and says so; the old firmware goes on.
    Of what is no application nothing was written.
    """
    board = lived(content, members)
    ended(board, "FAILED", told, (members, told))
    if " at 32" in told:
        equal(board.chip.flash.operations, of_a_boot().flash.operations, told)
    equal((board.chip.boots, board.chip.chosen()), (["old"], 0))
    equal(board.chip.boot(), "old")


def test_what_the_server_has_is_not_booted_unless_it_is_what_the_job_says():
    for at, other, members, told in (
        (0, b"", {"sha256": "0" * 64}, "SHA-256"),
        (0, b"", {"size": BLOCK}, "8192 bytes, not 4096"),
        (0, b"", {"size": 3 * BLOCK}, "8192 bytes, not 12288"),
        (0, b"MZ", {}, "no application for an ESP32: 4d at 0, '3254cdab' at 32"),
        # A bootloader, and so a whole flash; the description of its own that it has since 2023.
        (32, b"\x50\0\0\0", {}, "e9 at 0, '50000000' at 32"),
        (35, b"\xac", {}, "e9 at 0, '3254cdac' at 32"),
        (2 * BLOCK - 1, b"?", {}, "the board refuses this firmware"),
    ):
        content = bytearray(image("good", 2 * BLOCK))
        content[at : at + len(other)] = other
        not_booted(content, members, told)
    not_booted(b"\xe9" * 35, {}, "e9 at 0, 'e9e9e9' at 32")
    not_booted(b"", {"size": 100}, "0 bytes, not 100")


def test_drops_and_stalls_do_not_matter():
    def cut(server, request, answer):
        answer.stop = len(answer.bytes()) - 2000
        answer.then = "reset"

    def close(server, request, answer):
        # The length is not announced, and the connection closed within a block.
        answer.fields["Content-Length"] = None
        answer.body = answer.body[:5000]

    for fault in (cut, close):
        board = Board(GOOD)
        board.server.faults = [fault, fault, fault]
        board.live()
        ended(board, "SUCCEEDED", case=fault)
        equal(board.chip.boots, ["old", "good"])


def test_after_a_reset_the_fetching_goes_on_behind_the_blocks_that_were_written():
    board = up()

    def blocks():
        job = board.bench.agent.job
        return job and job.state and job.state["blocks"]

    board.run(blocks)
    held = blocks() * BLOCK
    equal(board.live(), "SUCCEEDED")
    equal([request.start for request in board.server.requests], [None, held])


def test_a_slot_that_does_not_hold_what_was_written_is_not_booted():
    board = up()
    flash = board.chip.flash
    write = flash.writeblocks

    def weak(block, buf, offset=0):
        write(block, buf, offset)
        write(2 + board.chip.blocks, b"\0", 100)

    flash.writeblocks = weak
    board.run()
    ended(board, "FAILED", "does not hold what was written")
    equal(board.chip.boot(), "old")


def test_a_flash_that_fails_ends_the_job():
    board = up()
    board.chip.flash.broken = True
    board.run()
    ended(board, "FAILED", "cannot write")


def test_with_a_key_only_what_is_signed_is_fetched():
    content = image("good", 5000)
    text = "iotjobs firmware 1\nversion 1.2.0\n%s 5000 firmware\n" % sha256(content)
    right = sign(text.encode())
    for wrong in (
        "",
        7,
        "%%%",
        right[:-8],
        sign(text.replace("1.2.0", "1.2.1").encode()),
        sign(text.replace("5000", "5001").encode()),
        sign(text.replace("firmware", "update").encode()),
        right + "A" * 1500,
    ):
        board = lived(content, {"signature": wrong}, key=POINT)
        rejected(board, "the signature is wrong", wrong)
        board = None
    rejected(lived(content, {"signature": None}, key=POINT), "not signed", None)
    ended(lived(content, {"signature": right}, key=POINT), "SUCCEEDED")
    raises(ValueError, Board(content, key=b"\x04" * 65).up)


def test_a_job_that_is_over_on_trial_leaves_the_way_back_open():
    board = up()
    polls = []

    def check():
        while True:
            polls.append(1)
            yield

    board.check = check
    raises(Reset, board.run)
    board.up()
    board.run(lambda: len(polls) > 3)
    board.status = "CANCELED"
    board.bench.agent.resync_ms = 0
    board.run()
    equal(board.chip.boots, ["old", "good"])
    equal(board.chip.boot(), "old")


def test_a_firmware_whose_job_is_canceled_before_the_reset_is_not_booted():
    board = up()
    board.run(lambda: board.bench.agent.job and board.bench.agent.job.again)
    board.status = "CANCELED"
    board.run()
    board.bench.agent.job = Job()
    raises(Reset, board.bench.agent.reset)  # another job's
    equal([board.chip.boot() for _ in range(3)], ["old"] * 3)


class Job:
    job_id = "j1"  # of a job that was deleted another may have the id


def test_where_the_reset_fails_the_old_firmware_stays_chosen():
    board = up()

    def fails():
        raise ValueError("a pump runs")

    board.handler._slots.at_reset.reset = fails
    board.run()
    ended(board, "FAILED", "ValueError: a pump runs")
    equal([board.chip.boot() for _ in range(3)], ["old"] * 3)


def test_a_sink_takes_pieces_of_any_size():
    Chip(OLD).installed()
    slot = sys.modules["esp32"].Partition("ota_1")
    for pieces in ((36,) + (1,) * 100, (4095, 2, 4095), (5000, 5000), (8192, 1)):
        sink = SlotSink(slot)
        wanted = b""
        for size in pieces:
            piece = bytes(random.getrandbits(8) for _ in range(size))
            if not wanted:
                piece = image("good", 96)[:36] + piece[36:]
            wanted += piece
            sink.write(piece)
        equal(sink.size, len(wanted))
        for at in (0, 1, len(wanted) // 2):
            buf = bytearray(len(wanted) - at)
            equal(sink.readinto(at, buf), len(buf))
            equal(bytes(buf) == wanted[at:], True, (pieces, at))
    equal(raises(OSError, slot.writeblocks, 4, bytearray(BLOCK)).errno, -0x104)
    equal(raises(OSError, slot.set_boot).errno, -0x1503)


def test_the_stand_in_only_clears_bits_without_an_erase():
    Chip(OLD).installed()
    slot = sys.modules["esp32"].Partition("ota_1")
    slot.writeblocks(0, b"\xf0" * BLOCK)
    slot.writeblocks(0, b"\x3c", 0)
    buf = bytearray(2)
    slot.readblocks(0, buf)
    equal(bytes(buf), b"\x30\xf0")
    raises(OSError, slot.writeblocks, 0, b"\xf0")
