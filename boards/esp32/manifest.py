# ruff: noqa: F821
include("$(PORT_DIR)/boards/manifest.py")
include("../../manifest.py")
