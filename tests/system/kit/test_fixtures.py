"""What the fixtures give, in a project's own tests: tests/system/programs/kit_tests.py."""

from processes import PROGRAMS

DOWNLOADS = """
import time
from iotjobs import JobsAgent, MQTTLink
from iotjobs.handlers import download
link = MQTTLink('x-ats.iot.eu-west-1.amazonaws.com', 'MyThing', cert='/device.der',
    key='/key.der', ca='/ca.der')
agent = JobsAgent(link, 'MyThing', '/iotjobs.json')
download.register(agent, '/data', ca='/ca.der')
while True:
    agent.poll()
    time.sleep_ms(5)
"""
ALL = (PROGRAMS / "kit_tests.py").read_text()


def test_the_fixtures_give_what_they_are_named_after(project):
    (project.folder / "empty").mkdir()
    project.write(
        **{"empty/main": "raise SystemExit", "empty/tests/helper": ""},
        ends="print('ends')\n",
        downloads=DOWNLOADS,
        button="import mine, machine\n"
        "machine.Pin('LED', machine.Pin.OUT, value=1)\n"
        "pin = machine.Pin(5)\n"
        "while True:\n"
        "    print('5 is', pin.value())\n"
        "    mine.wait()\n",
        test_all=ALL,
    )
    done = project.run("-q")
    assert done.returncode == 0, done.stdout
    assert f"{ALL.count('def test_')} passed in " in done.stdout


def test_one_test_sees_nothing_of_another(project):
    test = (
        "def test_{}(service, device):\n"
        "    assert service.things == [] and not list(device.files)\n"
        "    device.start('blink.py')\n"
        "    job = service.create_job({{'operation': 'blink', 'times': 1}})\n"
        "    assert job.wait() == 'SUCCEEDED'\n"
    )
    project.write(test_all="".join(test.format(number) for number in range(4)))
    assert "4 passed in " in project.run("-q").stdout


def test_a_program_is_beside_its_test_or_in_the_root(project):
    test = "def test_it(service, device):\n    device.start('blink.py')\n"
    project.write(**{"tests/test_root": test})
    (project.folder / "pytest.ini").write_text("[pytest]\n")
    assert "1 passed in " in project.run("-q").stdout
    project.write(**{"tests/blink": "print('nearer')\n"})
    project.write(**{"tests/test_root": test + "    device.wait_for('nearer')\n"})
    assert "1 passed in " in project.run("-q").stdout


def test_without_the_fixtures_nothing_is_imported(project):
    project.write(
        test_it="import sys\n"
        "def test_it():\n"
        "    assert not {'botocore', 'aiohttp', 'iotjobs_emulator'} & set(sys.modules)\n"
    )
    assert "1 passed in " in project.run_anew("-q").stdout


LATE = """
import time
import unix_board.board

class Late(unix_board.board.Board):
    def __init__(self, *arguments, on_output, on_event, **settings):
        def late(function):
            def call(*arguments):
                time.sleep(0.2)
                function(*arguments)
            return call
        super().__init__(
            *arguments, on_output=late(on_output), on_event=late(on_event), **settings
        )

unix_board.board.Board = Late
"""
AFTER_THE_END = """
import pytest

@pytest.fixture
def over(service, device):
    device.start("ends.py")
    job = service.create_job({"operation": "ends"})
    assert job.wait() == "SUCCEEDED"

def test_output(over, device):
    assert device.output == "begins\\nends\\n"

def test_pins(over, device):
    assert dict(device.pins) == {"LED": 1}

def test_events(over, device):
    assert [event["value"] for event in device.events if "pin" in event] == [1]
"""
ENDS = DOWNLOADS.replace(
    "download.register(agent, '/data', ca='/ca.der')",
    "import machine\n"
    "@agent.handler('ends')\n"
    "def ends(job):\n"
    "    print('begins')\n"
    "    machine.Pin('LED', machine.Pin.OUT, value=1)\n"
    "    print('ends')",
)


def test_what_led_to_the_end_of_a_job_is_there_when_it_has_ended(project):
    project.write(conftest=LATE, ends=ENDS, test_it=AFTER_THE_END)
    done = project.run_anew("-q")
    assert "3 passed in " in done.stdout, done.stdout
