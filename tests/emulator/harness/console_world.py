"""For the tests: an emulator with its console, in a thread of its own."""

import http.client
from contextlib import closing

from iotjobs_emulator.in_thread import EmulatorThread


class ConsoleWorld(EmulatorThread):
    """`with ConsoleWorld(clock=…) as world:`, the console and both planes on one port."""

    @property
    def port(self):
        return self.ports.control

    @property
    def console(self):
        return self.emulator.console

    def get(self, path):
        """Ask as a browser does: the status, the headers, the body as bytes."""
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)) as connection:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.headers, response.read()
