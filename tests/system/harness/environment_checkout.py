"""A copy of `tools/environment` in a folder of its own, with purposes and a pip that are made up.

The pip needs no network: it prints what pip prints, and "installs" each package as a module that
knows its version, and a program. What else it does, the names of packages tell.
"""

import os
import shutil
import signal
import subprocess
import sys

import environment
from commands import write_files
from waiting import LIMIT_S

PURPOSES = {"one": (), "two": ("one",), "three": ()}

PIP = """
import pathlib, sys, time
def value(option):
    return pathlib.Path(sys.argv[sys.argv.index(option) + 1])
requirements = value("--requirement")
here = requirements.parent
with open(here / "installed", "a") as file:
    file.write(requirements.stem + "\\n")
target = value("--target") if "--target" in sys.argv else pathlib.Path(sys.prefix)
(target / "bin").mkdir(parents=True, exist_ok=True)
for line in requirements.read_text().split():
    name, version = line.split("==")
    print(f"Collecting {line}")
    print(f"  Downloading {name}-{version}-py3-none-any.whl (1.5 MB)", flush=True)
    (target / f"{name}.py").write_text(f"version = {version!r}")
    (target / "bin" / name).write_text("a program")
    deadline = time.monotonic() + 60
    while name == "waits" and not (here / "go").exists():
        if time.monotonic() > deadline:
            sys.exit("nobody let it go on")
        time.sleep(0.02)
    if name == "fails":
        sys.exit("\\n".join(f"ERROR {number}: no such package" for number in range(500)))
print("Installing collected packages: it")
"""

_PROGRAM = """
import pathlib, venv
import environment
from environment import purposes, venvs

def make_venv(folder, *options):
    venv.create(folder, symlinks=True)
    if not options:
        [site] = folder.glob("lib/python*/site-packages")
        (site / "pip").symlink_to(%r)

purposes.make_venv = venvs.make_venv = make_venv
purposes.PURPOSES.clear()
purposes.PURPOSES.update(%r)
"""


class Checkout:
    def __init__(self, folder):
        self._started = []
        self.folder = folder
        self.venv = folder / ".venv"
        self.pip = write_files(folder / "pip", {"__main__.py": PIP})
        self.requirements = folder / "tools" / "requirements"
        shutil.copytree(environment.TOOLS / "environment", folder / "tools" / "environment")
        for name in PURPOSES:
            self.write(name, f"{name}==1")

    def write(self, name, *lines):
        """Write a file of requirements."""
        write_files(self.requirements, {f"{name}.txt": "\n".join(lines)})

    def installed(self):
        """What pip was started for, in its order."""
        log = self.requirements / "installed"
        return log.read_text().split() if log.exists() else []

    def start(self, code, python=sys.executable):
        """Start Python code after `import environment`, in a group of processes of its own."""
        process = subprocess.Popen(
            [python, "-c", _PROGRAM % (str(self.pip), PURPOSES) + code],
            env={**os.environ, "PYTHONPATH": str(self.folder / "tools")},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self._started.append(process)
        return process

    def stop(self):
        """End what is still running."""
        for process in self._started:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.communicate()

    def run(self, code, python=sys.executable):
        """Run Python code after `import environment`; what it printed, and said on stderr."""
        process = self.start(code, python)
        printed, said = process.communicate(timeout=LIMIT_S)
        assert process.returncode == 0, said
        return printed, said
