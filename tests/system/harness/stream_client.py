"""A device that downloads files over MQTT, and is not ours.

It is written from the description of the protocol alone, for CPython and paho, and shares nothing
with the library or the emulator.
"""

import itertools
import queue

import block_messages
import paho.mqtt.client as mqtt
from waiting import LIMIT_S

WINDOW = 4  # blocks in a request


class DownloadFailedError(Exception):
    """The service has rejected a request, or nothing more comes: `code` says which."""

    def __init__(self, code, message=""):
        super().__init__(f"{code}: {message}")
        self.code = code


class StreamClient:
    """A thing's client, with the TLS `context` of its certificate or without. `with` ends it.

    `quiet_s`: how long it waits for a block before it asks again; it gives up when nothing has
    come for as long as tests wait for anything. `qos`: of its subscriptions. `asked` and `dropped`
    count its requests, and the messages that were no block that it could use; `came_with` are the
    QoS of what has come.
    """

    def __init__(self, thing, port, context=None, quiet_s=LIMIT_S, qos=0):
        self.asked = self.dropped = 0
        self.came_with = set()
        self._qos = qos
        self._give_up = round(LIMIT_S / quiet_s)  # requests in vain
        self._thing = thing
        self._quiet_s = quiet_s
        self._tokens = (f"t{number}" for number in itertools.count())
        self._messages, self._subscribed = queue.Queue(), queue.Queue()
        self._client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id=thing)
        if context is not None:
            self._client.tls_set_context(context)
        self._client.on_message = self._take
        self._client.on_subscribe = lambda *_: self._subscribed.put(True)
        self._client.connect("localhost", port)
        self._client.loop_start()

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        self._client.disconnect()
        self._client.loop_stop()

    def download(self, stream, encoding, size, file=0, block=1024):
        """The content of a file of `size` bytes. DownloadFailedError."""
        place = f"$aws/things/{self._thing}/streams/{stream}/"
        answers = [f"{place}{kind}/{encoding}" for kind in ("data", "rejected", "description")]
        self._client.subscribe([(topic, self._qos) for topic in answers])
        self._subscribed.get(timeout=LIMIT_S)
        try:
            version = self._describe(place, encoding, file, size)
            return self._blocks(place, encoding, version, file, size, block)
        finally:
            self._client.unsubscribe(answers)

    def _take(self, _client, _data, message):
        self.came_with.add(message.qos)
        self._messages.put((message.topic.split("/")[5], message.payload))

    def _describe(self, place, encoding, file, size):
        for _ in range(self._give_up):
            token = self._ask(f"{place}describe/{encoding}", encoding, {})
            about = self._next("description", encoding, token)
            if about is not None:
                sizes = {entry["f"]: entry["z"] for entry in about["r"]}
                if sizes.get(file) != size:
                    raise DownloadFailedError("size", f"{sizes}, not {size}")
                return about["s"]
        raise DownloadFailedError("silence")

    def _blocks(self, place, encoding, version, file, size, block):
        count = -(-size // block)
        content, missing = bytearray(size), set(range(count))
        in_vain = 0
        while missing:
            first = min(missing)
            window = list(itertools.takewhile(missing.__contains__, range(first, first + WINDOW)))
            request = {"s": version, "f": file, "l": block, "o": first, "n": len(window)}
            token = self._ask(f"{place}get/{encoding}", encoding, request)
            before = len(missing)
            while missing.intersection(window):
                message = self._next("data", encoding, token)
                if message is None:
                    break
                if not self._is_block(message, file, size, block):
                    self.dropped += 1
                    continue
                at = message["i"] * block
                content[at : at + message["l"]] = message["p"]
                missing.discard(message["i"])
            in_vain = 0 if len(missing) < before else in_vain + 1
            if in_vain >= self._give_up:
                raise DownloadFailedError("silence", f"{len(missing)} blocks are missing")
        return bytes(content)

    @staticmethod
    def _is_block(message, file, size, block):
        number, length = message.get("i"), message.get("l")
        if message.get("f") != file or not 0 <= number < -(-size // block):
            return False
        return length == len(message["p"]) == min(block, size - number * block)

    def _ask(self, topic, encoding, members):
        self.asked += 1
        token = next(self._tokens)
        payload = block_messages.write(encoding, {"c": token, **members})
        self._client.publish(topic, payload, qos=0)
        return token

    def _next(self, wanted, encoding, token):
        """The next message of that kind with that token, None if nothing comes."""
        while True:
            try:
                kind, payload = self._messages.get(timeout=self._quiet_s)
            except queue.Empty:
                return None
            message = block_messages.read(encoding, payload)
            if message.get("c") != token:
                continue
            if kind == "rejected":
                raise DownloadFailedError(message["o"], message["m"])
            if kind == wanted:
                return message
