"""The emulator in a thread, with a thing for each test; for HTTPS a relay before it."""

import itertools
import json

import pytest
from https_relay import HttpsRelay
from iotjobs_emulator import provision
from iotjobs_emulator.faults import parse_text
from iotjobs_emulator.in_thread import EmulatorThread
from mutual_tls import context_of

numbers = itertools.count()


@pytest.fixture(scope="module")
def running():
    with EmulatorThread() as running:
        yield running


class Service:
    """The emulator for one thing, whose files are in `folder`."""

    def __init__(self, running, folder, thing=None):
        self.running = running
        self.folder = folder
        self.ports = {"mqtt": running.ports.mqtts, "https": running.ports.https}
        self.thing = thing or f"thing-{next(numbers)}"
        self.iot = provision.iot_client(running.control_url)
        self.arn = provision.make_device(self.iot, self.thing, folder)
        running.call(running.emulator.authority.write_ca, folder)

    def create(self, name, **document):
        """Create a job, whose id is returned: the emulator has those of the other tests too."""
        job_id = f"{name}-{self.thing}"
        self.iot.create_job(jobId=job_id, targets=[self.arn], document=json.dumps(document))
        return job_id

    def execution(self, job_id):
        """Status, details and version."""
        found = self.iot.describe_job_execution(jobId=job_id, thingName=self.thing)["execution"]
        details = found["statusDetails"].get("detailsMap", {})
        return found["status"], details, found["versionNumber"]

    def fault(self, text):
        """Add a fault (iotjobs_emulator.faults.parse_text says how it is written)."""
        self.running.call(self.running.emulator.faults.add, parse_text(text))

    def server_context(self):
        return self.running.call(self.running.emulator.authority.server_context)


@pytest.fixture
def service(running, tmp_path):
    service = Service(running, tmp_path)
    yield service
    running.call(running.emulator.faults.clear)


@pytest.fixture
def relay(service):
    contexts = service.server_context(), context_of(service.folder)
    relay = HttpsRelay(service.ports["https"], *contexts)
    yield relay
    relay.close()


@pytest.fixture
def start(service, start_device):
    """Start the device; `settings` replace the usual ones."""

    def start(**settings):
        usual = {
            "way": "https",
            "folder": service.folder,
            "thing": service.thing,
            "port": service.ports["https"],
            "retry_ms": 10,
        }
        return start_device(**{**usual, **settings})

    return start


def ended(device, *beginnings):
    """When the device has ended well: its lines that begin so, of all if nothing is said."""
    assert device.wait() == 0, device.lines
    return [line for line in device.lines if line.startswith(beginnings or "")]
