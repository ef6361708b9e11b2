# A Pico has no network: this firmware is for tests. So it has asyncio and the library, without the
# drivers of the stock one, and needs no micropython-lib if IOTJOBS_UMQTT names the folder of umqtt.
import os

freeze("$(PORT_DIR)/modules")
include("$(MPY_DIR)/extmod/asyncio")
include("../../../manifest.py", umqtt=os.environ.get("IOTJOBS_UMQTT") or True)
