"""What people give to the tools, each read in one place: `text`, `pem`, `folder` and `typed`.
`board_json` writes settings for a board.

`text` and `pem` run on MicroPython too, for `tools/jobs`.
"""
