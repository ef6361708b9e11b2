"""What people give to the tools, each read in one place: `text`, `pem` and `folder`.

`text` and `pem` run on MicroPython too, for `tools/jobs`.
"""
