"""What Keeper keeps, forgets and refuses; on littlefs and FAT, and on the host's file system."""

import errno
import os

from afterwards import replaced
from iotjobs.agent.keeper import Keeper
from iotjobs.files import records, replace
from keeping import (
    KEPT,
    PATH,
    RECORD,
    FailingOs,
    exists,
    failing,
    fresh,
    opened,
    saved,
    whole,
)
from on_flash import on_each
from support import equal, raises


@on_each
def test_a_record_outlives_a_reset():
    equal(saved().record, KEPT)
    opened(KEPT).save(dict(RECORD, state=None))
    opened(dict(KEPT, state=None))


def test_it_is_so_on_the_file_system_of_the_host_too():
    name = "keeper-%s.json" % "".join("%02x" % byte for byte in os.urandom(8))
    kept = Keeper(name, "MyThing")
    equal((kept.record, kept.unreadable), (None, False))
    try:
        kept.save(RECORD)
        kept.save(dict(RECORD, number=2))
        equal(Keeper(name, "MyThing").record, dict(KEPT, number=2))
    finally:
        kept.forget()
        equal(exists(name) or exists(name + ".new"), False)


@on_each
def test_a_forgotten_record_does_not_come_back():
    kept = saved()
    kept.forget()
    equal((kept.record, exists(PATH)), (None, False))
    saved()
    opened(KEPT)


@on_each
def test_a_file_that_somebody_removed_is_forgotten():
    kept = saved()
    os.remove(PATH)
    kept.forget()
    equal(kept.record, None)


@on_each
def test_a_file_that_cannot_be_removed_is_not_forgotten():
    kept = saved()
    equal(failing(FailingOs(("remove",)), kept.forget).errno, errno.EIO)
    equal(kept.record, KEPT)
    kept.forget()
    opened()


def test_without_a_record_there_is_nothing_to_remove():
    fresh()
    kept = opened()
    replaced(replace, "os", None)
    kept.forget()
    kept.forget()


def test_without_a_path_the_flash_is_left_alone():
    for module in (records, replace):
        replaced(module, "open", None)
        replaced(module, "os", None)
    kept = Keeper(None, "MyThing")
    equal((kept.record, kept.unreadable), (None, False))
    kept.save(RECORD)
    equal(kept.record, KEPT)
    raises(ValueError, kept.save, dict(RECORD, state="x" * 4096))
    equal(kept.record, KEPT)
    kept.forget()
    equal(kept.record, None)


def test_what_is_to_be_kept_stays_as_it_is():
    record = dict(RECORD)
    Keeper(None, "MyThing").save(record)
    equal(record, RECORD)


@on_each
def test_the_longest_record_is_4096_bytes_in_the_file():
    kept = saved()
    room = 4096 - 8 - len(whole(state="\u00e9"))
    longest = "\u00e9" + "x" * room
    error = raises(ValueError, kept.save, dict(RECORD, state=longest + "x"))
    equal("4097" in str(error), True, error)
    equal(kept.record, KEPT)
    opened(KEPT)
    kept.save(dict(RECORD, state=longest))
    equal(os.stat(PATH)[6], 4096)
    opened(dict(KEPT, state=longest))
