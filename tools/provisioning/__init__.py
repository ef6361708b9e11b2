"""Devices at AWS IoT: a thing, a key, a certificate and a policy for each, and a folder of files
for its board.

From above: `command` has the options, `session` carries out what they say, `making`, `removing`
and `rotating` have the steps of one device, `crowd` does many of them at once. `wanted` reads
which devices, `folder` keeps what is known of one, and `record` says how far it is. `account` is
the service, and `words` what it refuses, as a person is told.
"""
