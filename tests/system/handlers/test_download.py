"""Files over real connections and TLS, between real processes that are killed."""

import hashlib
import random
import time

import pytest
from authorities import authority as authority
from authorities import foreign as foreign
from authorities import web_context as web_context
from benches.file_server import FileServer, SilentServer
from iotjobs_emulator.provision import CA
from my_thing import folder as folder
from my_thing import start as start
from waiting import until

CONTENT = random.Random(7).randbytes(1 << 20)
KILLS = 9  # after ten resets on which it has not got on, a job is given up


class Bench:
    """The emulator, a device with an empty folder for files, and web servers.

    Their certificates are of an authority of their own, for localhost and 127.0.0.1.
    """

    def __init__(self, emulator, start_any, web_context, ca, folder):
        self.emulator = emulator
        self.start_any = start_any
        self.context = web_context
        self.ca = ca
        self.files = folder / "files"
        self.files.mkdir()
        self.target = self.files / "file.bin"
        self.servers = []

    def serve(self, content=CONTENT, secure=True, **settings):
        self.servers.append(FileServer(content, self.context if secure else None, **settings))
        return self.servers[-1]

    def start(self, **settings):
        options = {"files": self.files, "ca": self.ca, **settings}
        return self.start_any("download_device.py", **options)

    def create(self, url, job_id="j1", **document):
        document = {"operation": "download", "url": url, "path": "file.bin", **document}
        self.emulator.create_job(job_id, document)

    def ends(self, status):
        return self.emulator.wait_for_status("j1", status)

    def left(self):
        return sorted(path.name for path in self.files.iterdir())


@pytest.fixture
def bench(emulator, start, web_context, foreign, tmp_path):
    bench = Bench(emulator, start, web_context, foreign / CA, tmp_path)
    yield bench
    for server in bench.servers:
        server.close()


def sha256(content=CONTENT):
    return hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize("secure", [False, True])
@pytest.mark.parametrize("offline", [0, 1])
def test_a_file_is_in_place(bench, secure, offline):
    server = bench.serve(secure=secure)
    scheme = "https" if secure else "http"
    bench.create(f"{scheme}://localhost:{server.port}/x?a=b", size=len(CONTENT), sha256=sha256())
    bench.start(offline=offline)
    assert bench.ends("SUCCEEDED") == {"received": str(len(CONTENT))}
    assert bench.target.read_bytes() == CONTENT
    assert bench.left() == ["file.bin"]
    assert server.requests == [0]


def test_a_server_of_another_authority_is_refused(bench, folder):
    server = bench.serve()
    bench.create(f"https://localhost:{server.port}/x?secret")
    bench.start(ca=folder / CA)
    details = bench.ends("FAILED")
    assert "not correctly signed by the trusted CA" in details["reason"]
    assert "secret" not in details["reason"]
    assert (server.requests, bench.left()) == ([], [])


def test_one_of_several_authorities_may_vouch_for_the_server(bench, folder):
    server = bench.serve()
    others = folder / CA
    for at, cas in enumerate(((others, bench.ca), (bench.ca, others))):
        device = bench.start(ca=";".join(str(ca) for ca in cas))
        bench.create(f"https://localhost:{server.port}/x", f"j{at}")
        bench.emulator.wait_for_status(f"j{at}", "SUCCEEDED")
        device.kill()


def test_a_server_of_another_name_is_refused(bench):
    server = bench.serve(host="127.0.0.2")
    bench.create(f"https://127.0.0.2:{server.port}/x?secret")
    bench.start()
    details = bench.ends("FAILED")
    assert "does not match" in details["reason"]
    assert (server.requests, bench.left()) == ([], [])


def test_a_server_without_tls_is_given_up(bench):
    server = bench.serve(secure=False)
    bench.create(f"https://localhost:{server.port}/x?secret")
    bench.start(timeout_ms=1_000)
    details = bench.ends("FAILED")
    assert details["retryable"] == "true"
    assert (server.requests, bench.left()) == ([], [])


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_peer_that_says_nothing_is_given_up(bench, scheme):
    server = SilentServer()
    bench.servers.append(server)
    bench.create(f"{scheme}://localhost:{server.port}/x?secret")
    since = time.monotonic()
    bench.start(timeout_ms=300, attempts=3)
    details = bench.ends("FAILED")
    assert time.monotonic() - since > 3 * 0.3
    until(lambda: server.accepted >= 3)
    assert server.accepted == 3
    assert details["reason"].endswith(" in time")
    assert details["retryable"] == "true"
    assert bench.left() == []


@pytest.mark.parametrize("secure", [False, True])
def test_a_peer_that_falls_silent_or_hangs_up_is_asked_for_the_rest(bench, secure):
    server = bench.serve(secure=secure)
    server.stops = [(100_000, "stall"), (5, "close"), (300_000, "close"), (300_000, "stall")]
    scheme = "https" if secure else "http"
    bench.create(f"{scheme}://localhost:{server.port}/x", sha256=sha256())
    bench.start(timeout_ms=5_000)  # longer than a busy machine takes for an answer
    bench.ends("SUCCEEDED")
    assert bench.target.read_bytes() == CONTENT
    full = 100_000 // 4096 * 4096
    assert server.requests[:3] == [0, full, full]
    assert len(server.requests) == 5
    assert server.requests == sorted(server.requests)


def test_a_device_that_is_killed_goes_on_where_it_was(bench):
    server = bench.serve()
    server.pause_s = 0.002  # half a second for the whole
    server.stops = [(len(CONTENT) // 2, "stall")]  # the first life leaves a part in any case
    bench.target.write_bytes(b"old")
    part = bench.files / "file.bin.part"
    bench.create(f"https://localhost:{server.port}/x", size=len(CONTENT), sha256=sha256())
    chance = random.Random(7)
    killed = 0
    for _ in range(KILLS):
        asked = len(server.requests)
        device = bench.start()
        device.wait_for("ready")
        deadline = time.monotonic() + 10
        while len(server.requests) == asked and time.monotonic() < deadline:
            if bench.emulator.execution("j1")[0] == "SUCCEEDED":
                break
            time.sleep(0.005)
        if not killed:
            until(lambda: part.exists() and part.stat().st_size > 100_000)
        time.sleep(chance.uniform(0, 0.12))
        device.kill()
        killed += 1
        status = bench.emulator.execution("j1")[0]
        whole = bench.target.read_bytes()
        assert whole == CONTENT or (whole == b"old" and status != "SUCCEEDED")
        if status == "SUCCEEDED":
            break
    bench.start()
    bench.ends("SUCCEEDED")
    assert bench.target.read_bytes() == CONTENT
    assert bench.left() == ["file.bin"]
    resumed = [start for start in server.requests if start]
    assert resumed
    print(f"{killed} kills, {len(resumed)} of {len(server.requests)} requests for a rest")
