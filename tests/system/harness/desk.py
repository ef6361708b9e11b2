"""A desk on which tests run commands of the pages, as these have them."""

import os
import pathlib
import shutil
import sys

import documentation
import environment
from commands import output
from processes import Process

FILES = "https://files.example.com/"  # of the pages: a web server of whoever reads them
CONTROL = "http://127.0.0.1:8080"  # the emulator's control plane
# The tools that are Python to their end.
FORKED = (
    *("bench", "demo", "deploy", "emulator", "figures", "fleet", "fuzz", "grammar", "pack"),
    *("package", "provision", "run", "storm", "twin"),
)


def runs(*scripts):
    """Say of a test which scripts of pages it runs; with a parameter `line`, it runs that one of
    them. It must do so on the desk of `checked`, which sees whether it does.
    """

    def say(test):
        test.runs = commands_of(*scripts)
        return test

    return say


def commands_of(*scripts):
    """The commands in the lines of scripts."""
    lines = [line for script in scripts for line in script.splitlines()]
    return {found for line in lines if (found := documentation.command(line))}


def checked(desk, request):
    """For a fixture: hands out the desk, and then sees whether the test that requests it has run
    there what it says.
    """
    yield desk
    line = getattr(request.node, "callspec", None) and request.node.callspec.params.get("line")
    said = commands_of(line) if line else request.function.runs
    assert said <= desk.ran, f"it has not run {said - desk.ran}"


class Desk:
    """A folder with what the pages use of a checkout, beside an emulator and a web server if there
    are any. `tools`: a ForkServer of these (`tool_server`). `aws`: one of that command line, if it
    is needed.
    """

    def __init__(self, folder, tools, aws=None, emulator=None, files=FILES):
        self.emulator = emulator
        self.files = files
        self.ran = set()
        self.folder = folder / "desk"
        shutil.copytree(environment.ROOT / "boards" / "starter", self.folder / "boards/starter")
        shutil.copy(environment.ROOT / "boards" / "device-policy.json", self.folder / "boards")
        for name in ("lib", "package.json"):
            (self.folder / name).symlink_to(environment.ROOT / name)
        (self.folder / "tools").mkdir()
        for path in environment.TOOLS.iterdir():
            here = self.folder / "tools" / path.name
            if path.name in FORKED:
                tools.script(here, path)
            else:
                here.symlink_to(path)
        programs = [pathlib.Path(sys.executable).parent]
        if aws:
            programs.append(aws.script(folder / "bin" / "aws").parent)
        self._paths = os.pathsep.join([*map(str, programs), os.environ["PATH"]])

    def shell(self, script, replaced=None, stdin="", **variables):
        """Run commands of a page; what they printed. What is elsewhere in a test is replaced:
        `replaced`, a dict, and the web server and the emulator's control plane.
        """
        said = output(
            self._command(f"set -eux\n{self._here(script, replaced)}"),
            input=stdin,
            cwd=self.folder,
            env={**self._variables(), **variables},
        )
        self.ran |= commands_of(script)
        return said

    def start(self, script, replaced=None):
        """Run commands of which the last one does not end by itself; its Process."""
        self.ran |= commands_of(script)
        *before, last = self._here(script, replaced).splitlines()
        return Process(
            self._command("\n".join(["set -eu", *before, f"exec {last}"])),
            cwd=self.folder,
            env=self._variables(),
        )

    def _command(self, script):
        return ["/bin/sh", "-c", script]

    def _here(self, script, replaced):
        known = {FILES: self.files}
        if self.emulator:
            known[CONTROL] = self.emulator.control_url
        for there, here in {**known, **(replaced or {})}.items():
            script = script.replace(there, here)
        return script

    def _variables(self):
        variables = {
            "PATH": self._paths,
            "HOME": str(self.folder),
            "AWS_ACCESS_KEY_ID": "x",
            "AWS_SECRET_ACCESS_KEY": "x",
            "AWS_DEFAULT_REGION": "eu-west-1",
            "AWS_PAGER": "",
        }
        if self.emulator:
            variables["AWS_ENDPOINT_URL_IOT"] = self.emulator.control_url
        return variables
