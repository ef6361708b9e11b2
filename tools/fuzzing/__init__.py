"""What `tools/fuzz` does: `strategies` makes the cases, `device` reads and writes them on
MicroPython, `oracle` says what CPython's json makes of them, `comparing` compares. The two sides
speak through `wire`.
"""
