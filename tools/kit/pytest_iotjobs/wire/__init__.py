"""A real board on a wire, in place of one on this machine: `pytest --board PORT`.

`options` is what the command line says, `place` the board of a whole run: what it is, whose its
files are, and what is put onto it. `board` is that board with a test's program: its console, read
in `console` and `told`; its `power`, for which a person at the `terminal` may be asked; its
`files`. `device/` is what runs on it beside the library and the program.
"""
