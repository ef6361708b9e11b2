"""A service that knows streams, with objects in memory, and short ways to ask about them."""

import json

import cbor2
from iotjobs_emulator import stream_api
from iotjobs_emulator.arns import Arns
from iotjobs_emulator.s3.files import Files
from iotjobs_emulator.s3.memory import Memory
from iotjobs_emulator.s3.signing import Signer
from iotjobs_emulator.streams import Streams
from jobs_world import ACCOUNT, REGION, World

ROLE = "arn:aws:iam::123456789012:role/streams"
PLACE = "$aws/things/lamp/streams/s1"


def content(size):
    """That many bytes, of which no two short pieces are alike."""
    return b"".join(n.to_bytes(4, "big") for n in range(-(-size // 4)))[:size]


def file(file_id, key, **location):
    return {"fileId": file_id, "s3Location": {"bucket": "bucket", "key": key, **location}}


def stream_arn(stream_id):
    return f"arn:aws:iot:{REGION}:{ACCOUNT}:stream/{stream_id}"


class StreamsWorld(World):
    """A World with streams. `memory` holds the objects, all in the bucket `bucket`."""

    def __init__(self, path=":memory:", clock=None, files=None, **settings):
        self.memory = Memory()
        files = Files(self.memory, Signer(b"secret", REGION)) if files is None else files
        super().__init__(path, clock, files, **settings)
        arns = Arns(REGION, ACCOUNT)
        self.streams = Streams(self.database, self.engine.operation, arns, files)
        self.engine.control.add_taggable(self.streams.taggable)
        self.stream_control = self.streams.control

    def put(self, key, data):
        """Put an object there: its bytes, or how many there are to be."""
        data = content(data) if isinstance(data, int) else data
        self.memory.put("bucket", key, data)
        return data

    def create_stream(self, stream_id="s1", *sizes, **members):
        """A stream of new objects of these sizes, with the file ids 0, 1, …; their contents."""
        contents = [self.put(f"{stream_id}-{n}", size) for n, size in enumerate(sizes)]
        files = [file(n, f"{stream_id}-{n}") for n in range(len(sizes))]
        params = {"streamId": stream_id, "files": files, "roleArn": ROLE}
        self.stream_control.create_stream({**params, **members})
        return contents

    def ask_stream(self, rest, payload=b"{}", place=PLACE):
        """Publish `<place>/<rest>`: (the levels after the place, the payload) of each answer."""
        if isinstance(payload, dict):
            write = cbor2.dumps if rest.endswith("cbor") else json.dumps
            payload = write(payload)
            payload = payload if isinstance(payload, bytes) else payload.encode()
        answers = stream_api.answers(self.streams.data, f"{place}/{rest}", payload)
        assert all(answer.topic.startswith(f"{place}/") for answer in answers)
        return [(answer.topic[len(place) + 1 :], answer.payload) for answer in answers]

    def rejected(self, rest, payload):
        """The members of the one rejection that this is answered by."""
        [(kind, message)] = self.ask_stream(rest, payload)
        encoding = rest.rsplit("/", 1)[-1]
        assert kind == f"rejected/{encoding}"
        return cbor2.loads(message) if encoding == "cbor" else json.loads(message)

    def blocks(self, **request):
        """The blocks that GetStream in CBOR gets: (number, bytes) each."""
        answers = self.ask_stream("get/cbor", {"f": 0, "l": 256, "n": 9, **request})
        found = []
        for kind, message in answers:
            assert kind == "data/cbor", cbor2.loads(message)
            block = cbor2.loads(message)
            assert block["l"] == len(block["p"])
            found.append((block["i"], block["p"]))
        return found
