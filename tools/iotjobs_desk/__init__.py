"""A board's program beside a service, on this machine: what `tools/run` and the test kit share.

`program` is what runs, `service` where it connects to, `thing` what it is there, `needs` what it
looks for on its board. `words` says what happened to it.
"""
