"""What `tools/fuzz` does: `strategies` says what cases there are, `generated` what decides which
come; `device` reads and writes them on MicroPython, `oracle` says what CPython's json makes of
them, `comparing` compares. The two sides speak through `wire`.
"""
