"""`tools/run`: a board's program on this machine, against an emulator.

`program` is what runs, `service` where it connects to, `job` a job that is followed to its end,
`screen` what is shown, and `session` ties them together.
"""
