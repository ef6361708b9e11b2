"""A new certificate by a job: the key is the board's own, and the old one goes on until the
service has answered over the new one.
"""

import os
import sys
from binascii import a2b_base64
from hashlib import sha256

import vfs
from afterwards import afterwards, replaced
from certificate_bench import (
    CERT,
    CHANGED,
    KEY,
    NEW,
    NEW_KEY,
    NEXT,
    OLD,
    OLD_KEY,
    PAIRS,
    Rotation,
    certificate_for,
    identity,
    key,
    made,
)
from example_key import D, signature
from flash import mounted
from iotjobs.handlers import certificate
from iotjobs.handlers.certificate import change, pair, request
from iotjobs.updates import ecdsa, p256
from on_flash import content, names, on_each, write
from one_job import Reset
from support import equal, result

STATE = "iotjobs.json"
FILES = ["device.der", "key.der"]
ROLLED_BACK = "rolled back: not connected with it in 10 s: handshake: the peer refused it"


def files():
    return [name for name in names() if name != STATE]


def failed(it, reason, status="FAILED", used=OLD):
    details = {"reason": reason, "certificate": identity(used)}
    equal((it.live(), it.details), (status, details))


# The request


def asked(it):
    """What such a job reports, as DER."""
    equal(it.live(), "SUCCEEDED", it.details)
    equal(list(it.details), ["request"])
    return a2b_base64(it.details["request"])


def fresh():
    return Rotation(made(files={CERT: OLD, KEY: OLD_KEY}), given=None)


def test_a_request_is_signed_by_a_key_that_is_new_and_stays_on_the_board():
    it = fresh()
    der = asked(it)
    mine = content(NEXT)
    equal((len(mine), mine[:7], mine[39:56]), (121, request._KEY_HEAD, request._KEY_CURVE))
    point = mine[-65:]
    spki = p256.SPKI + point
    name = b"0\x121\x100\x0e\x06\x03U\x04\x03\x0c\x07MyThing"
    body = b"\x02\x01\x00" + name + spki + b"\xa0\x00"
    body = b"0" + bytes((len(body),)) + body
    at = der.find(body)
    equal(at, 3)
    signed = der[at + len(body) + len(request._ECDSA_SHA256) + 3 :]
    equal(ecdsa.verify(ecdsa.public_key(point), sha256(body).digest(), signed), True)
    secret = int.from_bytes(mine[7:39], "big")
    x, y, _ = result(request.times(secret))
    equal(point, b"\x04" + x.to_bytes(32, "big") + y.to_bytes(32, "big"))
    equal(mine[7:39] in der, False)
    again = Rotation(it.device, given=None)
    equal(asked(again) == der, True)
    equal(content(NEXT) == mine, True)
    equal(asked(fresh()) == der, False)


def test_a_key_that_is_not_whole_is_made_anew():
    it = Rotation(made(files={CERT: OLD, KEY: OLD_KEY, NEXT: NEW_KEY[:100]}), given=None)
    asked(it)
    equal(len(content(NEXT)), 121)


def test_the_old_key_is_in_the_new_one_and_so_is_chance():
    class Weak:
        value = 0

        def urandom(self, size):
            return bytes((self.value,)) * size

    weak = Weak()
    replaced(request, "os", weak)
    one = request._secret(OLD_KEY)
    equal(request._secret(OLD_KEY), one)
    equal(request._secret(NEW_KEY) == one, False)
    weak.value = 1
    equal(request._secret(OLD_KEY) == one, False)


def test_signatures_are_those_of_rfc_6979():
    cases = (
        (
            b"sample",
            0xEFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716,
            0xF7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8,
        ),
        (
            b"test",
            0xF1ABB023518351CD71D881567B1EA663ED3EFCF6C5132B354F28D3B0B7D38367,
            0x019F4113742A2B14BD25926B49C649155F267E60D3814B4C0CC84250E46F0083,
        ),
    )
    for message, r, s in cases:
        signed = result(request.signing(D, sha256(message).digest()))
        equal(signed, signature(r, s), message)


def test_lengths_of_der():
    for size, head in ((127, b"0\x7f"), (128, b"0\x81\x80"), (255, b"0\x81\xff")):
        equal(request._der(0x30, bytes(size)), head + bytes(size))
    equal(request._der(0x30, bytes(258))[:4], b"0\x82\x01\x02")


# The certificate


def test_one_that_the_service_takes_stays_and_the_answer_is_sent_over_it():
    it = Rotation()
    equal((it.live(), it.details), CHANGED)
    equal((it.lives, it.bench.link.sock.context), (1, (NEW, NEW_KEY)))
    equal(it.updates[0], ("IN_PROGRESS", {"trying": identity(NEW)}))
    said = [tail for tail, _ in it.bench.link.sent].index("j1/update")
    equal(it.told[said:], [NEW] * (len(it.told) - said))
    equal((content(CERT), content(KEY), files()), (NEW, NEW_KEY, FILES))
    equal(it.pair(), (NEW, NEW_KEY))


def test_one_that_the_service_refuses_leaves_the_old_one_which_says_so():
    it = Rotation()
    it.active = [OLD]
    failed(it, ROLLED_BACK)
    equal((it.bench.link.sock.context, it.told.count(NEW)), ((OLD, OLD_KEY), 0))
    equal((it.pair(), content(NEXT)), ((OLD, OLD_KEY), NEW_KEY))
    # The same certificate, when the service takes it, needs no other key.
    again = Rotation(it.device)
    equal((again.live(), again.details), CHANGED)


def test_one_with_which_nothing_may_be_said_leaves_the_old_one():
    it = Rotation()
    answer = it.serve
    it.serve = lambda: it.bench.link.sock.context[0] == OLD and answer()
    failed(it, "rolled back: not connected with it in 10 s: no answer")
    equal(it.pair(), (OLD, OLD_KEY))


def test_a_job_that_is_canceled_on_trial_leaves_the_old_one():
    it = Rotation()
    it.live(lambda: it.bench.link.sock.context[0] == NEW)
    it.status = "CANCELED"
    it.run(lambda: it.bench.agent.state == "IDLE")
    equal((it.bench.link.sock.context, it.pair()), ((OLD, OLD_KEY), (OLD, OLD_KEY)))


def test_another_certificate_for_the_same_key():
    new = certificate_for(OLD_KEY, 7)
    it = Rotation(given=new)
    it.active.append(new)
    equal((it.live(), it.details), ("SUCCEEDED", {"certificate": identity(new)}))
    equal((it.pair(), content(NEXT)), ((new, OLD_KEY), NEW_KEY))


def test_one_that_is_in_place_is_not_tried_again():
    it = Rotation(given=OLD)
    equal((it.live(), it.details), ("SUCCEEDED", {"certificate": identity(OLD)}))
    equal((it.bench.link.opened, len(it.updates)), (1, 1))


def test_what_cannot_be_used_is_rejected_and_nothing_changes():
    for given, reason in (
        ("AAA", "certificate: not Base64"),
        ("", "certificate: not one of DER, and nothing else"),
        (NEW + b"\n", "certificate: not one of DER, and nothing else"),  # mbedtls takes it
        (NEW + OLD, "certificate: not one of DER, and nothing else"),
        (certificate_for(key(3)), "certificate: no key of this board is its own"),
    ):
        it = Rotation(given=given)
        equal(it.live(), "REJECTED", it.details)
        equal((it.details["reason"], it.bench.link.opened), (reason, 1))
        equal(it.pair(), (OLD, OLD_KEY))

    def broken(*_):
        raise ValueError("invalid cert")

    it = Rotation()
    replaced(change, "tls_context", broken)
    failed(it, "certificate: invalid cert", "REJECTED")


def test_a_link_without_tls_stays_so():
    it = Rotation()
    it.live(lambda: it.bench.agent.state == "SYNCING")
    it.bench.link.sock.context = None
    it.run()
    equal((it.status, it.details["reason"]), ("REJECTED", "the link has no TLS"))
    equal(it.bench.link.sock.context, None)


def test_a_flash_that_cannot_be_written_leaves_the_old_one():
    it = Rotation()

    def fails(path, *parts):
        raise OSError(28, path)

    it.live(lambda: it.bench.link.sock.context[0] == NEW)
    replaced(change, "replace", fails)
    equal(it.run(), "FAILED")
    equal(it.details["reason"].startswith("cannot write the certificate: "), True, it.details)
    equal(it.details["certificate"], identity(OLD))
    equal((it.bench.link.sock.context, it.pair()), ((OLD, OLD_KEY), (OLD, OLD_KEY)))


def test_three_trials_that_are_cut_off_are_enough():
    it = Rotation()

    def resets(cert, key):
        if cert == NEW:
            raise Reset
        return True

    it.takes = resets
    failed(it, "interrupted in 3 trials")
    equal((it.lives, it.pair()), (4, (OLD, OLD_KEY)))


def test_the_arithmetic_is_not_in_memory_during_a_trial():
    unload = change.unload_arithmetic
    name = "iotjobs.handlers.certificate.request"

    def restore():
        sys.modules[name] = request

    afterwards(restore)
    replaced(certificate, "request", request)
    asked(fresh())
    equal((name in sys.modules, hasattr(certificate, "request")), (True, True))
    it = Rotation()
    change.unload_arithmetic = unload
    it.live(lambda: it.bench.link.sock.context[0] == NEW)
    equal((name in sys.modules, hasattr(certificate, "request")), (False, False))
    equal((it.run(), it.details), CHANGED)
    asked(fresh())


# What a start finds


def test_at_each_moment_one_pair_is_chosen():
    def start():
        for files, wanted, there in (
            ({CERT: OLD, KEY: OLD_KEY}, OLD, FILES),
            ({CERT: OLD, KEY: OLD_KEY, NEXT: NEW_KEY}, OLD, FILES + ["key.der.next"]),
            ({CERT: NEW, KEY: OLD_KEY, NEXT: NEW_KEY}, NEW, FILES),
            ({CERT: NEW, NEXT: NEW_KEY}, NEW, FILES),
            ({CERT: NEW, KEY: b"", NEXT: NEW_KEY}, NEW, FILES),  # of FAT
            ({CERT: b"", CERT + ".new": NEW, KEY: OLD_KEY, NEXT: NEW_KEY}, NEW, FILES),
            ({CERT + ".new": NEW, KEY: OLD_KEY, NEXT: NEW_KEY}, NEW, FILES),
            ({CERT: OLD, CERT + ".new": NEW[:50], KEY: OLD_KEY}, OLD, FILES),
            ({CERT: OLD, KEY: OLD_KEY, NEXT + ".new": NEW_KEY[:9]}, OLD, FILES),
        ):
            for path, data in files.items():
                write(path, data)
            cert, key = certificate.load(CERT, KEY)
            equal((content(cert), content(key)) in PAIRS, True, files)
            equal((content(cert), sorted(names())), (wanted, there), files)
            for name in names():
                os.remove("/flash/" + name)

    on_each(start)()


def test_a_key_that_cannot_be_moved_is_used_where_it_is():
    mounted(vfs.VfsLfs2, made(files={CERT: NEW, KEY: OLD_KEY, NEXT: NEW_KEY}))

    def fixed(*_):
        raise OSError(30)

    replaced(pair, "move", fixed)
    equal(certificate.load(CERT, KEY), (CERT, NEXT))


def test_a_file_that_was_replaced_though_that_failed_is_in_use():
    it = Rotation()
    real = change.replace

    def fails(path, *parts):
        real(path, *parts)
        raise OSError(5, path)

    replaced(change, "replace", fails)
    it.live()
    equal((it.status, it.details), ("SUCCEEDED", {"certificate": identity(NEW)}))
    equal((it.told[-1], it.pair()), (NEW, (NEW, NEW_KEY)))


def test_a_next_key_that_is_none_is_made_anew():
    it = Rotation(made(files={CERT: OLD, KEY: OLD_KEY, NEXT: b"\xee" * 121}), given=None)
    it.live()
    equal((it.status, content(NEXT)[:2]), ("SUCCEEDED", b"0w"))


class OnTrial:
    """Stands for the module slots, and for its `running`."""

    on_trial = True


def test_it_waits_while_the_program_is_on_trial():
    slots = sys.modules["iotjobs.updates.slots"] = OnTrial()
    slots.running = OnTrial()
    afterwards(lambda: sys.modules.pop("iotjobs.updates.slots"))
    it = Rotation()
    it.live(lambda: it.polls > 500)
    equal((it.status, it.bench.link.opened), ("IN_PROGRESS", 1))
    slots.running.on_trial = False
    it.run()
    equal((it.status, it.told[-1]), ("SUCCEEDED", NEW))
