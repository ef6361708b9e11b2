"""AWS's device SDK in a process of its own, asked and listened to by a test.

sdk_device.py and sdk_device.cjs say what `command` may be.
"""

import json
import subprocess
import time

from processes import Process
from waiting import LIMIT_S

CALL_ENDS = ("answer", "rejected", "failed")


class SdkDevice(Process):
    def __init__(self, command, folder, port, thing, version, **options):
        arguments = [folder, port, thing, version]
        super().__init__([*command, *arguments], stdin=subprocess.PIPE, **options)
        self.seen("connected", 1)

    def stop(self):
        super().stop()
        self._process.stdin.close()

    def say(self, name, **members):
        self._process.stdin.write(json.dumps([name, members]) + "\n")
        self._process.stdin.flush()

    def told(self, *kinds):
        """What it has told of these kinds up to now, in its order: pairs of kind and value."""
        lines = [json.loads(line) for line in self.lines if line.startswith("[")]
        return [(what, value) for what, value in lines if what in kinds]

    def seen(self, kind, count):
        """What it has told of this kind, as soon as that is `count` times."""
        return [value for _, value in self._at_least(count, kind)]

    def ask(self, operation, **members):
        """Kind and members of the answer to one operation."""
        before = len(self.told(*CALL_ENDS))
        self.say(operation, **members)
        return self._at_least(before + 1, *CALL_ENDS)[before]

    def _at_least(self, count, *kinds):
        deadline = time.monotonic() + LIMIT_S
        while len(found := self.told(*kinds)) < count:
            if not self.running() or time.monotonic() > deadline:
                told = "\n".join(self.lines)
                raise AssertionError(f"{len(found)} of {count} of {kinds}:\n{told}")
            with self._news:
                self._news.wait(0.1)
        return found

    def answer(self, operation, **members):
        """The members of the answer, without the SDK's own token and the time."""
        what, value = self.ask(operation, **members)
        assert what == "answer", value
        assert value.pop("client_token")
        assert abs(value.pop("timestamp") - time.time()) < 60
        return value

    def rejection(self, operation, **members):
        what, value = self.ask(operation, **members)
        assert what == "rejected", value
        assert value.pop("client_token")
        return value
