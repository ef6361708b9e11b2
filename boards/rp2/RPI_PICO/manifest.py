# ruff: noqa: F821
# A Pico has no network: this firmware is for tests. So it has asyncio and the library, without the
# drivers of the stock one. No micropython-lib is needed if IOTJOBS_UMQTT names umqtt's folder.
import os

freeze("$(PORT_DIR)/modules")
include("$(MPY_DIR)/extmod/asyncio")
include("../../../manifest.py", umqtt=os.environ.get("IOTJOBS_UMQTT") or True)
