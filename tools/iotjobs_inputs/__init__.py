"""What people give to the tools, each read in one place: `text`, `pem` and `folder`. `board_json`
writes settings for a board.

`text` and `pem` run on MicroPython too, for `tools/jobs`.
"""
