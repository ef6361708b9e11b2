"""The service that a program connects to, and how its board finds it."""

from typing import Any, NamedTuple

from iotjobs_emulator import provision
from iotjobs_emulator.emulator import LOOPBACK, REGION, Ports
from iotjobs_emulator.in_thread import EmulatorThread
from unix_board.kinds import Leads


class Service(NamedTuple):
    """`url`: of the control plane, and of the page in a browser. `host`, `ports`: where devices
    find it. `ca`: the CA's certificate, as PEM.
    """

    url: str
    host: str
    ports: Ports
    region: str
    ca: str
    iot: Any

    def leads(self, endpoint: str | None) -> Leads:
        """Where a board's connections to `endpoint`, or to any of AWS, lead."""
        names = ("localhost", LOOPBACK, *([endpoint] if endpoint else []))
        ports = self.ports
        iot = {8883: ports.mqtts, 443: ports.https, 8443: ports.https, 1883: ports.mqtt}
        s3 = {443: ports.files_https, 80: ports.files} if ports.files else {}
        return Leads(self.host, names, iot, s3)


def of(emulator: EmulatorThread, host: str = LOOPBACK) -> Service:
    """An emulator that runs in this process, and that devices find at `host`."""
    url = emulator.control_url
    ca = emulator.emulator.authority.certificate_pem
    return Service(url, host, emulator.ports, REGION, ca, provision.iot_client(url))
