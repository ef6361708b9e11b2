"""Jobs that reset the board."""

import vfs
from flash import CUTS, formatted
from iotjobs.handlers import reboot
from one_job import Board
from sample import every
from support import equal

ACTION = {
    "name": "Reboot",
    "type": "runHandler",
    "input": {"handler": "reboot.sh", "path": ""},
    "runAsUser": "",
}
DOCUMENTS = ({"operation": "reboot"}, {"version": "1.0", "steps": [{"action": ACTION}]})


def board(document):
    return Board(vfs.VfsLfs2, formatted(vfs.VfsLfs2), document, reboot.register)


def test_the_board_is_reset_once_and_the_job_is_succeeded_by_the_next_program():
    for document in DOCUMENTS:
        one = board(document)
        equal((one.live(), one.lives), ("SUCCEEDED", 2))


def test_wherever_the_power_is_cut_the_board_was_reset_and_no_more_than_twice():
    for document in DOCUMENTS:
        for how in CUTS:
            for at in every():
                one = board(document)
                cut = one.cut(at, how)
                equal((one.status, 2 <= one.lives <= 3), ("SUCCEEDED", True), (how, at))
                if not cut:
                    break
