"""A device whose files come over its own MQTT connection: stream_device.py name=value …

files: the folder for downloads, with "lib" for packages; encoding, block_size, window, timeout_ms
of the StreamFetcher; and handler_agent.py's. Its application sends itself messages all the time,
the next when the last has come. It prints what the agent does, with the number of its connections
and of these messages.
"""

import time

from handler_agent import agent, link, settings
from iotjobs.fetch import StreamFetcher
from iotjobs.handlers import download, packages

TOPIC = "application"

streams = StreamFetcher(
    link,
    "MyThing",
    int(settings.get("block_size", "1024")),
    int(settings.get("window", "4")),
    settings.get("encoding", "cbor"),
    timeout_ms=int(settings.get("timeout_ms", "10000")),
    retry_ms=50,
    progress_ms=0,
)
download.register(agent, settings["files"], fetcher=streams, sync_bytes=1024)
packages.register(agent, settings["files"] + "/lib", fetcher=streams)
sent = came = -1  # the last message; -1: it has not subscribed on this connection


def receive(topic, message):
    global came
    came = int(message)


link.set_callback(receive)
agent.on_event = lambda event, value: print(event, value, link.opened, came)
print("ready")
while True:
    agent.poll()
    if agent.state in ("IDLE", "RUNNING") and not link.awaited:
        if sent < 0:
            link.subscribe(TOPIC)
            sent = came = 0
        elif sent == came:
            sent += 1
            link.publish(TOPIC, str(sent))
    time.sleep_ms(1)
