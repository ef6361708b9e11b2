"""The files of a folder: what is in a bucket, and nothing else."""

import hashlib
import os
import time

import pytest
from iotjobs_emulator.s3.errors import S3Error
from iotjobs_emulator.s3.folder import Folder
from iotjobs_emulator.s3.names import Named

CONTENT = b"0123456789"


@pytest.fixture
def root(tmp_path):
    """A folder with a bucket, beside what nobody may read."""
    root = tmp_path / "files"
    (root / "bucket" / "a").mkdir(parents=True)
    (root / "bucket" / "a" / "b.bin").write_bytes(CONTENT)
    (root / "other").mkdir()
    (root / "other" / "c").write_bytes(b"other")
    (tmp_path / "secret").write_bytes(b"secret")
    return root


def content(root, key, bucket="bucket"):
    with Folder(root).open(Named(bucket, key)) as opened:
        return b"".join(opened.read(0, opened.size))


def refused(root, key, bucket="bucket"):
    with pytest.raises(S3Error) as caught:
        content(root, key, bucket)
    return caught.value.code


def test_a_file_is_read_by_bucket_and_key(root):
    assert content(root, "a/b.bin") == CONTENT
    folder = Folder(root)
    with folder.open(Named("bucket", "a/b.bin")) as opened:
        etag = opened.etag()
        assert opened.size == len(CONTENT)
        assert etag == f'"{hashlib.md5(CONTENT).hexdigest()}"'
        assert opened.modified == int((root / "bucket/a/b.bin").stat().st_mtime)


def test_a_part_is_read_in_pieces_and_ends_where_the_file_does(root, monkeypatch):
    monkeypatch.setattr("iotjobs_emulator.s3.folder._CHUNK", 3)
    with Folder(root).open(Named("bucket", "a/b.bin")) as opened:
        assert list(opened.read(1, 6)) == [b"123", b"45"]
        assert list(opened.read(6, 99)) == [b"678", b"9"]


def test_the_etag_of_a_file_that_has_settled_is_computed_once(root, monkeypatch):
    folder, path = Folder(root), root / "bucket" / "a" / "b.bin"
    times = []

    def read(file, *part):
        times.append(part)
        return []

    monkeypatch.setattr("iotjobs_emulator.s3.folder.OpenFile.read", read)
    for age, computed in ((-60, 2), (10, 1), (20, 1)):
        times.clear()
        instant = time.time() - age
        os.utime(path, (instant, instant))
        for _ in range(2):
            with folder.open(Named("bucket", "a/b.bin")) as opened:
                opened.etag()
        assert len(times) == computed, age


def test_a_young_file_that_changes_within_one_tick_has_another_etag(root):
    folder, path = Folder(root), root / "bucket" / "a" / "b.bin"
    moment = time.time() + 3600  # however long this takes, the file stays young
    for text in (b"one", b"two"):
        path.write_bytes(text)
        os.utime(path, (moment, moment))
        with folder.open(Named("bucket", "a/b.bin")) as opened:
            assert opened.etag() == f'"{hashlib.md5(text).hexdigest()}"'


@pytest.mark.parametrize(
    "key",
    [
        "nothing",
        "a",
        "a/",
        "/a/b.bin",
        "a//b.bin",
        "./a/b.bin",
        "a/./b.bin",
        "a/../a/b.bin",
        "..",
        "../other/c",
        "../../secret",
        "a/../../../secret",
        "a/b.bin/c",
        "a\0b",
        "x" * 300,
        "a\nb",
    ],
)
def test_a_key_that_is_no_file_below_its_bucket_does_not_exist(root, key):
    assert refused(root, key) == "NoSuchKey"


@pytest.mark.parametrize(
    ("bucket", "code"),
    [
        ("nothing", "NoSuchBucket"),
        ("", "InvalidBucketName"),
        ("..", "InvalidBucketName"),
        ("bucket/a", "InvalidBucketName"),
        ("Bucket", "InvalidBucketName"),
        ("bu\0cket", "InvalidBucketName"),
    ],
)
def test_what_is_no_bucket_is_named_so(root, bucket, code):
    assert refused(root, "b.bin", bucket) == code
    with pytest.raises(S3Error) as caught:
        Folder(root).check_bucket(bucket)
    assert caught.value.code == code


def test_a_file_beside_the_buckets_is_in_none(root):
    (root / "file").write_bytes(b"")
    assert refused(root, "x", "file") == "NoSuchBucket"


def test_no_link_leads_out_of_its_bucket(root):
    bucket = root / "bucket"
    for name, target in (
        ("absolute", root.parent / "secret"),
        ("relative", "../../secret"),
        ("folder", root.parent),
        ("beside", "../other/c"),
        ("root", "/"),
    ):
        (bucket / name).symlink_to(target)
    for key in ("absolute", "relative", "folder/secret", "beside", "root/etc/passwd"):
        assert refused(root, key) == "AccessDenied", key
    assert refused(root, "folder/nothing") == "NoSuchKey"
    (root / "linked").symlink_to(bucket)
    assert refused(root, "a/b.bin", "linked") == "NoSuchBucket"


def test_a_link_within_its_bucket_is_followed(root):
    (root / "bucket" / "latest").symlink_to("a")
    (root / "bucket" / "file").symlink_to("latest/b.bin")
    assert content(root, "latest/b.bin") == content(root, "file") == CONTENT


def test_links_in_a_circle_and_links_to_nothing_do_not_exist(root):
    (root / "bucket" / "one").symlink_to("two")
    (root / "bucket" / "two").symlink_to("one")
    (root / "bucket" / "gone").symlink_to("nothing")
    for key in ("one", "one/x", "gone"):
        assert refused(root, key) == "NoSuchKey"


def test_what_is_no_regular_file_is_not_opened(root):
    os.mkfifo(root / "bucket" / "pipe")
    assert refused(root, "pipe") == "NoSuchKey"


def test_the_folder_itself_may_be_a_link(root):
    (root.parent / "link").symlink_to(root)
    assert content(root.parent / "link", "a/b.bin") == CONTENT


def test_no_descriptor_is_left_open(root):
    folder = Folder(root)
    before = len(os.listdir("/proc/self/fd"))
    for key in ("a/b.bin", "nothing", "a"):
        for _ in range(5):
            try:
                with folder.open(Named("bucket", key)):
                    pass
            except S3Error:
                pass
    assert len(os.listdir("/proc/self/fd")) == before


def test_what_is_no_folder_is_an_error(root):
    for path in (root / "nothing", root / "bucket" / "a" / "b.bin"):
        with pytest.raises(OSError):
            Folder(path)
