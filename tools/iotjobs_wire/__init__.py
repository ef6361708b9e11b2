"""A board on a wire, by MicroPython's raw REPL: what `tools/deploy` and the test kit share.

`ports` says which port it is at, `board` talks to it, `facts` is what it is. `plan` compares what
is to be there with what is, `remote` reads and writes its files. `library` is what of iotjobs it
gets: `needed` finds the modules, `mpy` compiles them.
"""
