"""A board of which only the certificate is of interest; a trial takes two seconds."""

import time

from iotjobs import HTTPSLink, JobsAgent, MQTTLink
from iotjobs.handlers import certificate

HTTPS = False  # the test changes it
cert, key = certificate.load("/device.der", "/key.der")
if HTTPS:
    link = HTTPSLink("localhost", cert=cert, key=key, ca="/ca.der")
else:
    link = MQTTLink("localhost", "lamp", cert=cert, key=key, ca="/ca.der")
agent = JobsAgent(link, "lamp", "/iotjobs.json", retry_ms=100, resync_ms=300)
agent.on_event = print
certificate.register(agent, "/device.der", "/key.der", "/ca.der", trial_ms=2_000)

while True:
    agent.poll()
    time.sleep_ms(10)
