"""umqtt.simple goes into the wheel: pip could not install it where the wheel is installed."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_FETCHING = Path(__file__).resolve().parent.parent / "environment" / "umqtt_fetching.py"


class UmqttHook(BuildHookInterface):
    """Fetches it, checked by its SHA-256, for as long as the wheel is being built."""

    _folder = None

    def initialize(self, version, build_data):
        if os.name == "nt":  # where no board runs, as the plugin then says
            return
        self._folder = tempfile.mkdtemp(prefix="iotjobs-kit-")
        done = subprocess.run(
            [sys.executable, _FETCHING, self._folder], capture_output=True, text=True
        )
        if done.returncode:
            raise RuntimeError(
                "umqtt.simple could not be fetched: is the package index reachable? PIP_INDEX_URL "
                f"names another one.\n{(done.stderr or done.stdout)[-2000:]}"
            )
        fetched = os.path.join(self._folder, "umqtt")
        build_data["force_include"][fetched] = "pytest_iotjobs/lib/umqtt"

    def finalize(self, version, build_data, artifact_path):
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)
