"""AWS's managed job templates, as the service fills them in, on a device: each ends SUCCEEDED, and
has done what it says.
"""

import pytest
from my_thing import folder as folder
from my_thing import start as start
from package_index import PackageIndex

PAGE = b"<p>hello</p>"
MODULE = "WIDTH = 3\n"
OPTIONAL = {"runAsUser": "root", "pathToHandler": "/opt/handlers"}


@pytest.fixture
def web():
    """A file, and an index of two packages."""
    server = PackageIndex()
    server.pages["/index.html"] = PAGE
    for name in ("one", "two"):
        server.add(name, "1.0", {f"{name}.py": MODULE})
    yield server
    server.close()


class Device:
    """The emulator, and a device that is started anew when it resets itself."""

    def __init__(self, emulator, start_any, folder, web):
        self.emulator = emulator
        self.start_any = start_any
        self.files = folder / "files"
        self.packages = folder / "packages"
        self.files.mkdir()
        self.packages.mkdir()
        self.options = {"files": self.files, "packages": self.packages, "index": web.url}
        self.page = {"downloadUrl": f"{web.root}/index.html"}
        self.start()

    def start(self):
        self.process = self.start_any("templates_device.py", **self.options)
        self.process.wait_for("^ready")

    def create(self, template, parameters):
        """Create a job from the template; its id."""
        job_id = f"job-{len(self.emulator.iot.list_jobs()['jobs'])}"
        self.emulator.iot.create_job(
            jobId=job_id,
            targets=[self.emulator.iot.describe_thing(thingName="MyThing")["thingArn"]],
            jobTemplateArn=f"arn:aws:iot:eu-west-1::jobtemplate/{template}:1.0",
            **({"documentParameters": parameters} if parameters else {}),
        )
        return job_id

    def run(self, template, parameters):
        """The details with which a job from the template has SUCCEEDED."""
        job_id = self.create(template, parameters)
        return self.emulator.wait_for_status(job_id, "SUCCEEDED")

    def printed(self):
        return [line for line in self.process.lines if line != "ready"]


@pytest.fixture
def device(emulator, start, tmp_path, web):
    return Device(emulator, start, tmp_path, web)


@pytest.mark.parametrize("optional", [{}, OPTIONAL], ids=["required", "all parameters"])
def test_each_template_does_what_it_says(optional, device):
    target = device.files / "page.html"
    device.run("AWS-Download-File", {**device.page, "filePath": str(target), **optional})
    assert target.read_bytes() == PAGE

    details = device.run("AWS-Install-Application", {"packages": "one two", **optional})
    assert details["installed"] == "one 1.0, two 1.0"
    assert (device.packages / "one.py").read_text() == MODULE
    assert (device.packages / "two.py").read_text() == MODULE

    details = device.run("AWS-Remove-Application", {"packages": "one", **optional})
    assert details == {"removed": "one 1.0"}
    assert not (device.packages / "one.py").exists()
    assert (device.packages / "two.py").exists()

    for template, said in (
        ("Start", ["started pump", "started fan"]),
        ("Stop", ["stopped pump", "stopped fan"]),
        ("Restart", ["stopped pump", "started pump", "stopped fan", "started fan"]),
    ):
        before = len(device.printed())
        device.run(f"AWS-{template}-Application", {"services": "pump fan", **optional})
        assert device.printed()[before:] == said

    user = {name: value for name, value in optional.items() if name == "runAsUser"}
    device.run("AWS-Run-Command", {"command": "mkdir,a b,c\\,d", **user})
    assert device.printed()[-1] == "mkdir a b c,d"

    job_id = device.create("AWS-Reboot", optional)
    assert device.process.wait() == 3
    assert device.emulator.execution(job_id)[0] == "IN_PROGRESS"
    device.start()
    device.emulator.wait_for_status(job_id, "SUCCEEDED")


def test_a_file_that_would_leave_the_folder_is_refused_with_the_place(device, tmp_path):
    outside = tmp_path / "outside"
    job_id = device.create("AWS-Download-File", {**device.page, "filePath": str(outside)})
    details = device.emulator.wait_for_status(job_id, "REJECTED")
    assert str(outside) in details["reason"]
    assert not outside.exists()


def test_a_command_that_is_no_handler_is_refused(device):
    job_id = device.create("AWS-Run-Command", {"command": "rm,-rf,/"})
    details = device.emulator.wait_for_status(job_id, "REJECTED")
    assert details == {"reason": "steps[0].action.input.command: no handler 'rm'"}
