"""The manifest of an update: what is refused before a byte is fetched, and what is signed."""

import hashlib
import json
from binascii import hexlify

from example_key import POINT
from iotjobs.codec.reader import items, lookup
from iotjobs.outcomes import JobRejected
from iotjobs.updates import ecdsa
from iotjobs.updates.manifest import Manifest, verify
from support import equal, raises

SHA256 = "00112233445566778899aabbccddeeff" * 2
FOLDER = "/app/b"


class Document:
    """A job with this document, of which only what is asked for is built."""

    def __init__(self, document):
        self.data = json.dumps(document).encode()

    def get(self, *path):
        return lookup(self.data, 0, len(self.data), path)

    def count(self, *path):
        return lookup(self.data, 0, len(self.data), path, items)


def file(path="main.py", size=3, sha256=SHA256, **more):
    more.update({"path": path, "size": size, "sha256": sha256})
    return more


def document(*files, **members):
    made = {"version": "1.2.0", "url": "https://h/app/", "files": list(files)}
    made.update(members)
    return {name: made[name] for name in made if made[name] is not None}


class AnySource:
    """A fetcher that takes sources of this kind, str or tuple, or all."""

    def __init__(self, kind=None):
        self.kind = kind

    def takes(self, source):
        return self.kind is None or isinstance(source, self.kind)


def read(made, fetcher=None):
    manifest = Manifest(Document(made), FOLDER, fetcher or AnySource())
    for nothing in manifest.read():
        equal(nothing, None)
    return manifest


def test_the_signed_text_is_the_one_that_is_told():
    manifest = read(
        document(file("lib/a.py", 0, SHA256.upper()), file("main.py", 123, url="http://x/y?z"))
    )
    text = "iotjobs update 1\nversion 1.2.0\n%s 0 lib/a.py\n%s 123 main.py\n" % (SHA256, SHA256)
    equal(manifest.digest, hashlib.sha256(text.encode()).digest())
    equal(manifest.name(), hexlify(manifest.digest).decode()[:32])
    equal((manifest.count, manifest.version), (2, "1.2.0"))
    equal(manifest.file(0), ("lib/a.py", 0, SHA256, "https://h/app/lib/a.py"))
    equal(manifest.file(1), ("main.py", 123, SHA256, "http://x/y?z"))


def test_files_may_come_from_streams():
    manifest = read(
        document(
            file(file=0),
            file("b", file="7"),
            file("c", file=255, stream="other"),
            url=None,
            stream="s1",
        )
    )
    sources = [manifest.file(at)[3] for at in range(3)]
    equal(sources, [("s1", 0), ("s1", 7), ("other", 255)])
    # Of a document with both those come from it that say which file they are.
    manifest = read(document(file(file=1), file("b"), file("c", url="http://x/y"), stream="s1"))
    sources = [manifest.file(at)[3] for at in range(3)]
    equal(sources, [("s1", 1), "https://h/app/b", "http://x/y"])
    for files, members, told in (
        ((file(file=0), file("b")), {}, "files[1].file None: not 0 to 255"),
        ((file(file=256),), {}, "files[0].file 256: not 0 to 255"),
        ((file(file=0, stream="a/b"),), {}, "files[0].stream 'a/b': not 1 to 128"),
        ((file(file=0),), {"stream": None}, "files[0].stream None: not 1 to 128"),
        ((file(file=0, url="http://x/y"),), {}, "files[0]: both url and file"),
    ):
        made = document(*files, **dict({"url": None, "stream": "s1"}, **members))
        error = raises(JobRejected, read, made)
        equal(error.reason[: len(told)], told)


def test_a_source_that_nothing_gets_is_rejected_before_anything_is_done():
    made = document(file(), file("b", file=3), stream="s1")
    error = raises(JobRejected, read, made, AnySource(str))
    equal(error.reason, "files[1]: stream s1, file 3: no StreamFetcher is set")
    error = raises(JobRejected, read, made, AnySource(tuple))
    equal(error.reason, "files[0]: a URL: this device gets files from streams only")


def test_what_is_not_as_it_must_be_is_rejected_with_its_place():
    for made, told in (
        (document(file(), version=None), "version None"),
        (document(file(), version=7), "version 7"),
        (document(file(), version=""), "version ''"),
        (document(file(), version="1 2"), "version '1 2'"),
        (document(file(), version="1\n2"), "version"),
        (document(file(), version="v" * 65), "version"),
        (document(), "files: a list"),
        (document(files=None), "files: a list"),
        (document(files="x"), "files: a list"),
        (document(files={"path": "x"}), "files: a list"),
        (document(files=[7]), "files: a list"),
        (document(file(), 7), "files[1].path: None"),
        (document(file(), None, file("x")), "files[1]: null"),
        (document(file(path=None)), "files[0].path"),
        (document(file(path=["x"])), "files[0].path"),
        (document(file(path="")), "path"),
        (document(file(path="../main.py")), "'..'"),
        (document(file(path="a/../b")), "'..'"),
        (document(file(path="/app/a/main.py")), "not relative"),
        (document(file(path="/app/b/main.py")), "not relative"),
        (document(file(path="/etc/passwd")), "not relative"),
        (document(file(path="c:main.py")), "':'"),
        (document(file(path="a\\b")), "\\"),
        (document(file(path="a//b")), "''"),
        (document(file(path="a/")), "''"),
        (document(file(path="a\nb", url="http://h/x")), "\\n"),
        (document(file(path="n" * 201)), "200 bytes"),
        (document(file(path="n/" * 200 + "n")), "400 bytes"),
        (document(file(size=None)), "files[0].size: None"),
        (document(file(size=-1)), "files[0].size: -1"),
        (document(file(size=True)), "files[0].size: True"),
        (document(file(size=1.5)), "files[0].size: 1.5"),
        (document(file(size="3")), "files[0].size: '3'"),
        (document(file(size=1 << 30)), "files[0].size"),
        (document(file(), file("x", sha256=None)), "files[1].sha256"),
        (document(file(sha256=SHA256[1:])), "files[0].sha256"),
        (document(file(sha256="g" + SHA256[1:])), "files[0].sha256"),
        (document(file(), url=None), "files[0]: without url"),
        (document(file(), url=7), "url: no text"),
        (document(file(), url="https://h/a?secret="), "url: has a query"),
        (document(file(), url="ftp://h/"), "files[0].url"),
        (document(file("a b")), "percent-encoded"),
        (document(file(), file("x", url="h")), "files[1].url"),
        (document(file(url=7)), "files[0].url"),
        (document(file("a"), file("b"), file("A")), "'a', but for case"),
        (document(file("a"), file("a")), "'a', but for case"),
        (document(file("a/b/c"), file("A")), "'a' is a file and a folder"),
        (document(file("a/b"), file("a/b/c/d")), "'a/b' is a file and a folder"),
        (document(*[file("f%d" % n) for n in range(65)]), "more than 64"),
    ):
        reason = raises(JobRejected, read, made).reason
        equal(told in reason, True, (told, reason))
        equal("secret" in reason, False)


def test_as_many_files_as_there_may_be():
    equal(read(document(*[file("f%d" % n) for n in range(64)])).count, 64)
    equal(read(document(file("a/b"), file("a/c"), file("ab"))).count, 3)


# The signature of document(*SIGNED) by CPython's cryptography.
SIGNED = file(), file("lib/x.py", 0)
SIGNATURE = (
    "MEUCIQC9rdEdir0TJ9nCxm4TMh3pzwJ8cmpeBqLEdZGg1cagjAIgdv+56zpP"
    "gWF764yv2WUgXGPJu/kQrH19l9AD+/UpSFs="
)


def check(made):
    manifest = read(made)
    for nothing in verify(made.get("signature"), manifest.digest, ecdsa.public_key(POINT)):
        equal(nothing, None)


def test_a_right_signature_is_taken_wherever_the_files_come_from():
    check(document(*SIGNED, signature=SIGNATURE))
    check(document(*SIGNED, url="http://other/", signature=SIGNATURE))


def test_what_is_not_signed_so_is_rejected():
    first, second = SIGNED
    for wrong in (
        document(*SIGNED, signature=""),
        document(*SIGNED, signature=7),
        document(*SIGNED, signature=[SIGNATURE]),
        document(*SIGNED, signature="?" * 96),
        document(*SIGNED, signature=SIGNATURE[:-4]),
        document(*SIGNED, signature="AAAA" + SIGNATURE),
        document(*SIGNED, signature=SIGNATURE * 100),
        document(*SIGNED, signature=SIGNATURE, version="1.2.1"),
        document(second, first, signature=SIGNATURE),
        document(first, signature=SIGNATURE),
        document(first, second, file("y"), signature=SIGNATURE),
        document(file(size=4), second, signature=SIGNATURE),
        document(file("Main.py"), second, signature=SIGNATURE),
        document(file(sha256="1" + SHA256[1:]), second, signature=SIGNATURE),
    ):
        reason = raises(JobRejected, check, wrong).reason
        equal("is wrong" in reason, True, (wrong, reason))
    for unsigned in (document(*SIGNED), document(*SIGNED, signature=None)):
        equal("not signed" in raises(JobRejected, check, unsigned).reason, True)
