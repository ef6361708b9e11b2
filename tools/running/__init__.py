"""`tools/run`: a board's program on this machine, against an emulator.

`service` is where it connects to, `job` a job that is followed to its end, `screen` what is shown,
and `session` ties them together. `iotjobs_desk` has what the test kit shares with it.
"""
