"""A Raspberry Pi Pico without the hardware: `pico` starts it, `chip` is the process that it runs
in, `console` sends programs to it.
"""
