"""A device that downloads: download_device.py name=value … prints what it does.

files: the folder for files; ca: of the web server, or several with a semicolon between;
timeout_ms, attempts, retry_ms of the transfer; offline: 1; and handler_agent.py's.
"""

from handler_agent import agent, folder, run, settings
from iotjobs.handlers import download

download.register(
    agent,
    settings["files"],
    tuple(settings.get("ca", folder + "/ca.der").split(";")),
    timeout_ms=int(settings.get("timeout_ms", "15000")),
    attempts=int(settings.get("attempts", "3")),
    retry_ms=int(settings.get("retry_ms", "50")),
    offline=settings.get("offline") == "1",
    progress_ms=int(settings.get("progress_ms", "200")),
)
agent.on_event = lambda event, value: print(event, value)
run()
