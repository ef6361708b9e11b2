"""Objects in memory: what a folder would answer of the same ones."""

import urllib.request

import pytest
from iotjobs_emulator.in_thread import EmulatorThread
from iotjobs_emulator.s3.errors import S3Error
from iotjobs_emulator.s3.files import Files
from iotjobs_emulator.s3.folder import Folder
from iotjobs_emulator.s3.memory import Memory
from iotjobs_emulator.s3.names import Named
from iotjobs_emulator.s3.signing import Signer

CONTENT = b"0123456789"


@pytest.fixture(params=["folder", "memory"])
def files(request, tmp_path):
    if request.param == "memory":
        store = Memory()
        store.put("bucket", "a/b.bin", CONTENT)
    else:
        (tmp_path / "bucket" / "a").mkdir(parents=True)
        (tmp_path / "bucket" / "a" / "b.bin").write_bytes(CONTENT)
        store = Folder(tmp_path)
    return Files(store, Signer(b"secret", "eu-west-1"))


def test_an_object_is_the_same_wherever_it_is_kept(files):
    with files.open(Named("bucket", "a/b.bin")) as stored:
        assert stored.size == len(CONTENT)
        assert stored.etag() == '"781e5e245d69b566979b86e28d23f2c7"'
        assert b"".join(stored.read(2, 5)) == b"234"
        assert b"".join(stored.read(8, 20)) == b"89"
    assert files.read(Named("bucket", "a/b.bin"), 4) == b"0123"
    assert files.has_bucket("bucket")
    assert not files.has_bucket("bucket2")


@pytest.mark.parametrize(
    ("bucket", "key", "code"), [("bucket", "b", "NoSuchKey"), ("bucket2", "b", "NoSuchBucket")]
)
def test_what_is_not_there_is_refused_in_the_same_words(files, bucket, key, code):
    with pytest.raises(S3Error) as caught, files.open(Named(bucket, key)):
        pass
    assert caught.value.code == code


def test_an_object_in_memory_can_be_replaced():
    memory = Memory()
    etags = []
    for content in (b"one", b"two"):
        memory.put("bucket", "key", content)
        with memory.open(Named("bucket", "key")) as stored:
            etags.append((stored.etag(), b"".join(stored.read(0, 9))))
    assert [content for _, content in etags] == [b"one", b"two"]
    assert etags[0][0] != etags[1][0]


def test_an_object_in_memory_is_served_over_http():
    memory = Memory()
    memory.put("bucket", "a/b.bin", CONTENT, modified=1_700_000_000)
    with EmulatorThread(files=memory, public=("bucket",)) as running:
        url = f"http://127.0.0.1:{running.ports.files}/bucket/a/b.bin"
        request = urllib.request.Request(url, headers={"Range": "bytes=2-4"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            assert (answer.status, answer.read()) == (206, b"234")
            assert answer.headers["Last-Modified"] == "Tue, 14 Nov 2023 22:13:20 GMT"
