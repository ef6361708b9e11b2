"""pytest-iotjobs: a service and a board for the tests of one's own handlers of AWS IoT Jobs.

`plugin` has the fixtures: `service`, which makes a `job`, and `device`, which has `files` and
`pins`. `limits` says how long they wait, `needs` what a machine must have, `report` what a failure
shows.
"""
