# MicroPython looks for a variant here, and then includes that of its own board.
