"""A device that installs packages: packages_device.py name=value … prints what it does.

target: the folder for packages; index: the URL of the index; ca: of its server; offline: 1; and
handler_agent.py's.
"""

from handler_agent import agent, run, settings
from iotjobs.handlers import packages

packages.register(
    agent,
    settings["target"],
    settings["index"],
    settings["ca"],
    offline=settings.get("offline") == "1",
    timeout_ms=15_000,
    attempts=3,
    retry_ms=50,
)
run()
