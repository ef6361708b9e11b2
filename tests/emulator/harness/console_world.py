"""For the tests: an emulator with its console, in a thread of its own."""

from iotjobs_emulator.in_thread import EmulatorThread


class ConsoleWorld(EmulatorThread):
    """`with ConsoleWorld(clock=…) as world:`, the console and both planes on one port."""

    @property
    def port(self):
        return self.ports.control

    @property
    def url(self):
        return self.control_url

    @property
    def mqtt_port(self):
        return self.ports.mqtt

    @property
    def console(self):
        return self.emulator.console

    def advance(self, seconds):
        """Move the virtual clock."""
        self.call(self.emulator.advance, seconds)
