"""Builds firmware with the library frozen, from what a build takes: `micropython_source` and
`arm_toolchain`. `mpy` compiles single files.
"""
