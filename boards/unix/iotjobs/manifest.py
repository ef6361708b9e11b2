# ruff: noqa: F821
# No micropython-lib is needed if IOTJOBS_UMQTT names umqtt's folder: what the standard variant has
# from there (mip, ssl) is left out then.
import os

umqtt = os.environ.get("IOTJOBS_UMQTT")
if umqtt:
    include("$(MPY_DIR)/extmod/asyncio")
else:
    include("$(PORT_DIR)/variants/standard/manifest.py")
include("../../../manifest.py", umqtt=umqtt or True)
