"""The emulator under load: requests a second, memory of idle connections, a job for many."""

import asyncio
import json
import ssl
import time

EMPTY = b"{}"
# As long as the answer to GetPendingJobExecutions of a thing without any.
NO_JOBS = b'{"inProgressJobs":[],"queuedJobs":[],"timestamp":1764547200}'


class Device:
    """An MQTT connection of a thing; just enough of the protocol to ask and to be told."""

    def __init__(self, name: str):
        self.name = name
        self.jobs = f"$aws/things/{name}/jobs/"

    async def connect(self, port: int, context: ssl.SSLContext | None) -> "Device":
        host = "localhost" if context else None
        self._reader, self._writer = await asyncio.open_connection(
            "127.0.0.1", port, ssl=context, server_hostname=host
        )
        name = _text(self.name)
        self._writer.write(_packet(0x10, _text("MQTT") + b"\x04\x02\x04\xb0" + name))
        kind, body = await self._receive()
        if kind != 2 or body[1]:
            raise ConnectionError(f"{self.name}: CONNECT answered with {kind} {body.hex()}")
        return self

    async def subscribe(self, rest: str) -> None:
        """Be told of `rest` below the thing's jobs, with QoS 1."""
        self._writer.write(_packet(0x82, b"\x00\x01" + _text(self.jobs + rest) + b"\x01"))
        kind, body = await self._receive()
        if kind != 9 or body[2] > 1:
            raise ConnectionError(f"{self.name}: SUBSCRIBE answered with {kind} {body.hex()}")

    async def ask(self, rest: str, payload: bytes = EMPTY) -> bytes:
        """A request, and the payload of its answer."""
        self._writer.write(_packet(0x30, _text(self.jobs + rest) + payload))
        return await self.told()

    async def told(self) -> bytes:
        """The payload of the next message."""
        kind, body = await self._receive()
        while kind != 3:
            kind, body = await self._receive()
        return body

    def close(self) -> None:
        self._writer.close()

    async def _receive(self) -> tuple[int, bytes]:
        first = (await self._reader.readexactly(1))[0]
        length, shift, digit = 0, 0, 128
        while digit >= 128:
            digit = (await self._reader.readexactly(1))[0]
            length |= (digit & 127) << shift
            shift += 7
        body = await self._reader.readexactly(length)
        if first & 6:  # QoS 1
            at = 2 + int.from_bytes(body[:2], "big")
            self._writer.write(b"\x40\x02" + body[at : at + 2])
        return first >> 4, body


class EchoDevice(Device):
    """A device that asks nothing of the service: it is told what it has said itself."""

    def __init__(self, name: str):
        super().__init__(name)
        self.jobs = echo_topic(name, "")

    async def connect(self, port: int, context: ssl.SSLContext | None) -> "EchoDevice":
        """As a Device, and ready to hear itself."""
        await super().connect(port, context)
        await self.subscribe("get")
        return self

    async def ask(self, rest: str, payload: bytes = NO_JOBS) -> bytes:
        """Say something, and be told."""
        return await super().ask(rest, payload)


def echo_topic(name: str, rest: str) -> str:
    """The topic that an EchoDevice of that name uses for `rest`."""
    return f"echo/{name}/{rest}"


class HttpDevice:
    """A kept HTTP/1.1 connection that asks for one thing's jobs."""

    def __init__(self, name: str):
        self._path = f"/things/{name}/jobs"

    async def connect(self, port: int, context: ssl.SSLContext | None) -> "HttpDevice":
        host = "localhost" if context else None
        self._reader, self._writer = await asyncio.open_connection(
            "127.0.0.1", port, ssl=context, server_hostname=host
        )
        return self

    async def ask(self, rest: str) -> bytes:
        """GetPendingJobExecutions; the body of the answer."""
        self._writer.write(f"GET {self._path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        head = await self._reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise ConnectionError(head.decode())
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        return await self._reader.readexactly(length)

    def close(self) -> None:
        self._writer.close()


async def rate(devices: list, seconds: float) -> tuple[float, int]:
    """Requests a second of all devices together, each asking as soon as it is answered, and once
    at least; and how many there were.
    """
    end = time.perf_counter() + seconds
    count = 0

    async def work(device: Device | HttpDevice) -> None:
        nonlocal count
        while True:
            answer = await device.ask("get")
            if b"queuedJobs" not in answer:
                raise ConnectionError(f"an answer without queuedJobs: {answer[:200]!r}")
            count += 1
            if time.perf_counter() >= end:
                return

    started = time.perf_counter()
    await asyncio.gather(*map(work, devices))
    return count / (time.perf_counter() - started), count


async def in_batches(tasks: list, size: int) -> list:
    """What all the coroutines return, so many at a time."""
    done = []
    for at in range(0, len(tasks), size):
        done += await asyncio.gather(*tasks[at : at + size])
    return done


async def reached(devices: list[Device], job_id: str) -> float:
    """When (perf_counter) the last device has received a notify-next with this job."""

    async def wait(device: Device) -> None:
        while json.loads(_payload(await device.told()))["execution"]["jobId"] != job_id:
            pass

    await asyncio.gather(*map(wait, devices))
    return time.perf_counter()


def _payload(body: bytes) -> bytes:
    return body[2 + int.from_bytes(body[:2], "big") + 2 :]


def _packet(first: int, body: bytes) -> bytes:
    length, remaining = b"", len(body)
    while True:
        remaining, digit = divmod(remaining, 128)
        length += bytes([digit + 128 * (remaining > 0)])
        if not remaining:
            return bytes([first]) + length + body


def _text(text: str) -> bytes:
    data = text.encode()
    return len(data).to_bytes(2, "big") + data
