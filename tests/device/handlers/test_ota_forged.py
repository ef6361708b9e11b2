"""OTA jobs whose archive nobody has signed, with the signature of another: nothing of it runs."""

import vfs
from archives import entry
from example_key import sign
from on_flash import content
from ota_bench import SIGNATURE, TAR, Application, document, file, is_old
from support import equal
from update_bench import NEW, ROOT

SLOT = ROOT + "/b"
EVIL = entry("application/__init__.py", b"import part\npart.VERSION = VERSION = '6.6.6'\n")
FOLDERS = entry("./", kind=b"5") + entry("./lib/", kind=b"5")
FILES = [entry(path, NEW[path]) for path in sorted(NEW)]


def padded(data):
    """As tar pads it."""
    return data + bytes(-len(data) % 10240)


SIGNED = padded(FOLDERS + b"".join(FILES) + bytes(1024))
HEADS = FOLDERS + b"".join([one[:512] for one in FILES])


def test_an_archive_cannot_write_what_it_is_told_again_by():
    for kind, path in (
        (vfs.VfsLfs2, SLOT + "/.heads"),
        (vfs.VfsLfs2, ".heads"),
        (vfs.VfsLfs2, "../b.heads"),
        (vfs.VfsLfs2, SLOT + ".heads"),
        (vfs.VfsFat, "~1.HEA"),
        (vfs.VfsFat, "B~1.HEA"),
    ):
        forged = b"".join(FILES) + EVIL + entry(path, HEADS)
        forged += bytes(len(SIGNED) - len(forged))
        it = Application(
            forged, wanted=document([file(forged, **{SIGNATURE: sign(SIGNED)})]), kind=kind
        )
        it.live()
        equal(it.status, "FAILED", path)
        is_old(it)


def test_what_came_before_a_reset_must_be_signed_too():
    begin = EVIL + entry(".heads", TAR[:512])
    forged = begin + bytes(len(TAR) - len(begin))
    it = Application(forged, wanted=document([file(TAR)]))
    it.up()
    it.run(lambda: content(SLOT + "/.heads") == TAR[:512] and len(it.server.requests) > 8)
    it.server.files = {0: TAR}  # in the same version of the stream
    it.restart()
    it.live()
    equal("6.6.6" in it.starts, False, it.details)
    equal(content(SLOT + "/application/__init__.py"), None)
