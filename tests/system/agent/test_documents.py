"""Job documents come through as they were created, over MQTT and over HTTPS."""

import json

import pytest
from device_programs import run_device
from https_service import Service
from iotjobs_emulator import strict_json
from iotjobs_emulator.in_thread import EmulatorThread

THING = "lamp"
LIMIT = 32_768  # bytes of a document


def of_the_longest(character):
    """A document of just as many bytes as there may be, filled with a character (JSON's way)."""
    empty = '{"operation":"show","end":7,"pad":"%s"}'
    size = LIMIT - len(empty) + 2
    count, rest = divmod(size, len(character.encode()))
    text = empty % (character * count + "." * rest)
    assert len(text.encode()) == LIMIT
    return text


# Of each document what it is of, its text, and where `job.get` is to look.
DOCUMENTS = {
    "escapes": (r'{"operation":"show","t":"\"\\\/\b\f\n\r\t"}', [["t"]]),
    "controls": (
        '{"operation":"show","t":"' + "".join(rf"\u{n:04X}" for n in range(0x20)) + '"}',
        [["t"]],
    ),
    "escaped-characters": (r'{"operation":"show","t":"\u0041\u00e9\u20AC\uFFFD\u007f"}', [["t"]]),
    "surrogate-pairs": (
        r'{"operation":"show","t":"\ud83d\uDE00","u":["\uD800\udc00\udbff\uDFFF","x"]}',
        [["t"], ["u", 0], ["u", 1]],
    ),
    "utf-8": ('{"operation":"show","t":"A\x7fé߿ࠀ€￿𐀀😀\U0010ffff","end":1}', [["t"], ["end"]]),
    "line-separators": ('{"operation":"show","t":"a\u2028b\u2029c","end":1}', [["t"], ["end"]]),
    "backslashes": (r'{"operation":"show","t":"\\u0041\\\\\"","end":1}', [["t"], ["end"]]),
    "escaped-names": (
        r'{"oper\u0061tion":"sh\u006fw","n\u00e9\"\\\ud83d\ude00":{"\/":5},"é":6}',
        [['né"\\😀', "/"], ["é"], ["operation"]],
    ),
    "white-space": (
        '{ "operation" :\t"show",\r\n "list" : [ 1 , -2.5 , null , true, { } , [ ] ] } ',
        [["list", 1], ["list", 3], ["list", 4], ["list", 9]],
    ),
    "like-a-message": (
        '{"operation":"show","execution":{"jobId":"other","jobDocument":"{}"},'
        '"clientToken":"x","code":"y","jobDocument":{"operation":"none"}}',
        [["execution", "jobDocument"], ["clientToken"], ["jobDocument", "operation"]],
    ),
    "longest-plain": (of_the_longest("x"), [["end"]]),
    "longest-quotes": (of_the_longest(r"\""), [["end"]]),
    "longest-of-two-bytes": (of_the_longest("é"), [["end"]]),
    "longest-of-three-bytes": (of_the_longest("\u2028"), [["end"]]),
    "longest-of-four-bytes": (of_the_longest("😀"), [["end"]]),
    "longest-escapes": (of_the_longest(r"\u00e9"), [["end"]]),
}


@pytest.fixture(scope="module", params=["mqtt", "https"])
def seen(request, tmp_path_factory):
    """The way, and what the program printed: by kind and job a list of what it saw."""
    way = request.param
    folder = tmp_path_factory.mktemp(way)
    paths = {job_id: wanted for job_id, (_, wanted) in DOCUMENTS.items()}
    # No escapes: MicroPython makes two characters of those of a surrogate pair.
    (folder / "paths.json").write_text(json.dumps(paths, ensure_ascii=False))
    with EmulatorThread() as running:
        service = Service(running, folder, THING)
        for job_id, (text, _) in DOCUMENTS.items():
            service.iot.create_job(jobId=job_id, targets=[service.arn], document=text)
        printed = run_device("documents_device.py", way, folder, service.ports[way], THING)
    found = {}
    for line in printed.split("\n")[:-1]:  # splitlines would split at U+2028 too
        kind, job_id, value = json.loads(line)
        found.setdefault((kind, job_id), []).append(value)
    return way, found


@pytest.mark.parametrize("job_id", DOCUMENTS)
def test_a_document_comes_through(job_id, seen):
    way, found = seen
    text, paths = DOCUMENTS[job_id]
    value = json.loads(text)
    # The service says over HTTPS what was created, and writes its members over MQTT anew.
    sent = text.strip() if way == "https" else strict_json.dumps(value)
    assert bytes.fromhex(*found["view", job_id]).decode() == sent
    assert found["document", job_id] == [value]
    assert found["get", job_id] == [at(value, path) for path in paths]


def at(value, path):
    for step in path:
        if isinstance(value, list) and step >= len(value):
            return None
        value = value[step]
    return value
