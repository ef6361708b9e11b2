"""`Keeper`: the one record that must outlive a reset, in one small file (see `records`)."""

from micropython import const

from ..files import records
from ..files.replace import remove, try_to_remove

_MAX_SIZE = const(4096)
_MEMBERS = const("thing job number queued state again outcome details")


def _is_record(record):
    for name in _MEMBERS.split():
        record[name]
    return True


def key_of(record):
    """Which execution it is of: [job id, its number, when it was queued]. None of no record."""
    return record and [record["job"], record["number"], record["queued"]]


class Keeper:
    """One record for `thing_name` (str) in the file `path` (str), which is iotjobs-THING.json in
    the current folder where it is empty; or in RAM only if that is None.

    `record`: None, or a dict with "thing", "job", "number", "queued", "state", "again", "outcome"
    and "details"; what another thing has left is ignored. `unreadable`: there is a file, but what
    it says cannot be read. It is read here, which allocates, and never raises OSError.
    """

    record = None
    unreadable = False

    def __init__(self, path, thing_name):
        self._thing = thing_name
        if path is not None:
            if not path:
                path = "iotjobs-%s.json" % thing_name.replace(":", "_")  # FAT has no colons
            path = records.placed(path)
            record = records.load(path, _MAX_SIZE, _is_record)
            self.unreadable = record is False
            if record and record["thing"] == thing_name:
                self.record = record
        self.path = path

    def save(self, record):
        """Keep a dict of the members above, without "thing", as `records.save` has it; `record`
        then has the same values.

        Raises ValueError if the file would be longer than 4096 bytes; OSError (its number, the
        path) from the flash. Then `record` is what it was, and what a reset would find too.
        Allocates the JSON and a dict.
        """
        record = dict(record, thing=self._thing)
        records.save(self.path, record, _MAX_SIZE)
        self.record = record
        self.unreadable = False

    def forget(self):
        """Remove the record, and before it the files that its "leaves" names, as far as it goes.
        Without one, nothing is done. OSError passes: the record is there still.
        """
        record = self.record
        if record or self.unreadable:
            for path in record.get("leaves", ()) if record else ():
                try_to_remove(path)
            if self.path is not None:
                remove(self.path)
            self.record = None
            self.unreadable = False
