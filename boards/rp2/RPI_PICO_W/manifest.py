# ruff: noqa: F821
include("$(PORT_DIR)/boards/RPI_PICO_W/manifest.py")
include("../../../manifest.py")
