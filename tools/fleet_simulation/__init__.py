"""What a fleet of up to a million boards does to the service's quotas, and they to it.

`wheel` has the time, `service` the quotas, `conduct` the agent's settings and waits. `boards` is
the model of an agent that connects, and `jobs` of one that runs a job. `stories` says what befalls
the fleet, `result` what came of it, `best` what the quotas would have allowed.
"""
