"""The device of the table `heap` that has all handlers which come with the library, loaded as .mpy
as boards/starter has them: finishes one job. Arguments as of job_device.
"""

import gc
import sys

import job_device

gc.threshold(-1)  # as without slots.run
from iotjobs import slots  # noqa: E402, F401
from iotjobs.fetch import Fetcher  # noqa: E402
from iotjobs.handlers import (  # noqa: E402
    config,
    download,
    firmware,
    ota,
    packages,
    reboot,
    services,
    update,
)

folder = sys.argv[1]
settings = {}
agent = job_device.agent_on(job_device.connect(*sys.argv[1:]), folder)
files = Fetcher(ca=folder + "/ca.der", offline=True)
reboot.register(agent)
config.register(agent, folder + "/settings.json", settings.update)
services.register(agent, {})
download.register(agent, folder, fetcher=files)
packages.register(agent, folder, allowed=("logging",), fetcher=files)
update.register(agent, folder + "/app", fetcher=files)
firmware.register(agent, fetcher=files)
ota.register(agent, folder + "/app", fetcher=files)
agent.handler("update")(job_device.update)  # the job of the bench is of that name
job_device.finish(agent)
