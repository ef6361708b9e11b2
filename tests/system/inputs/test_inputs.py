"""What the tools read of text and PEM files, on CPython and, for tools/jobs, on MicroPython."""

import ast
import json
import re
import subprocess

import environment
import pytest
from commands import finished
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from iotjobs_emulator.authority import Authority
from iotjobs_emulator.database import Database
from iotjobs_inputs import board_json, pem
from iotjobs_inputs.text import text, unmarked
from people_have import BOM, PEM_FILES
from registry_bench import csr_of

PEM, DER = serialization.Encoding.PEM, serialization.Encoding.DER
PKCS8 = serialization.PrivateFormat.PKCS8
TRADITIONAL = serialization.PrivateFormat.TraditionalOpenSSL
PLAIN = serialization.NoEncryption()
LOCKED = serialization.BestAvailableEncryption(b"correct horse")

# Reads lines of JSON, [function, hexadecimal digits, more…], and prints what came of each.
PROGRAM = """
import json, sys
from binascii import hexlify, unhexlify
from iotjobs_inputs import pem, text
def shown(found):
    if not isinstance(found, list):
        return hexlify(found if isinstance(found, bytes) else found.encode()).decode()
    return [[each.der and shown(each.der), each.pem and shown(each.pem), each.is_encrypted]
            for each in found]
functions = {'found': pem.found, 'text': text.text, 'unmarked': text.unmarked}
for line in sys.stdin:
    name, data, more = json.loads(line)
    try:
        print(json.dumps(shown(functions[name](unhexlify(data), *more))))
    except ValueError as error:
        print(json.dumps({'said': str(error)}))
"""


@pytest.fixture(scope="module")
def blocks():
    """Of each kind two, in PEM and in DER."""
    authorities = [Authority(Database()).certificate for _ in range(2)]
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(2)]
    key_blocks = [[key.private_bytes(form, PKCS8, PLAIN) for key in keys] for form in (PEM, DER)]
    certificates = [[each.public_bytes(form) for each in authorities] for form in (PEM, DER)]
    return {pem.CERTIFICATE: certificates, pem.PRIVATE_KEY: key_blocks}


def ders(data, kind):
    return [found.der for found in pem.found(data, kind)]


@pytest.mark.parametrize("kind", [pem.CERTIFICATE, pem.PRIVATE_KEY])
@pytest.mark.parametrize("form", PEM_FILES)
def test_all_blocks_of_a_kind_are_read_in_each_form_that_people_have(blocks, kind, form):
    texts, wanted = blocks[kind]
    assert ders(PEM_FILES[form](*texts), kind) == wanted


@pytest.mark.parametrize("kind", [pem.CERTIFICATE, pem.PRIVATE_KEY])
def test_der_is_read_as_it_is(blocks, kind):
    for der in blocks[kind][1]:
        assert ders(der, kind) == [der]


def test_of_a_mixed_file_each_kind_is_read(blocks):
    (one, two), certificates = blocks[pem.CERTIFICATE]
    (key, _), (key_der, _) = blocks[pem.PRIVATE_KEY]
    mixed = one + key + two
    assert ders(mixed, pem.CERTIFICATE) == certificates
    assert ders(mixed, pem.PRIVATE_KEY) == [key_der]


def test_old_names_of_blocks_are_known(blocks):
    (one, _), (der, _) = blocks[pem.CERTIFICATE]
    assert ders(one.replace(b" CERT", b" X509 CERT"), pem.CERTIFICATE) == [der]
    key = ec.generate_private_key(ec.SECP256R1())
    sec1 = key.private_bytes(PEM, TRADITIONAL, PLAIN)
    assert ders(sec1, pem.PRIVATE_KEY) == [key.private_bytes(DER, TRADITIONAL, PLAIN)]
    request = csr_of(key).encode()
    renamed = request.replace(b" CERT", b" NEW CERT")
    assert ders(renamed, pem.REQUEST) == ders(request, pem.REQUEST)


@pytest.mark.parametrize("form", ["as it is", "CRLF", "a byte order mark", "comments"])
def test_an_encrypted_key_is_told_and_can_be_opened(form):
    key = ec.generate_private_key(ec.SECP256R1())
    in_pkcs8 = key.private_bytes(PEM, PKCS8, LOCKED)
    before = key.private_bytes(PEM, TRADITIONAL, LOCKED)
    (found,) = pem.found(PEM_FILES[form](in_pkcs8), pem.PRIVATE_KEY)
    assert (found.is_encrypted, found.pem) == (True, None)
    opened = serialization.load_der_private_key(found.der, b"correct horse")
    assert opened.public_key() == key.public_key()
    (found,) = pem.found(PEM_FILES[form](before), pem.PRIVATE_KEY)
    assert (found.is_encrypted, found.der) == (True, None)
    opened = serialization.load_pem_private_key(found.pem, b"correct horse")
    assert opened.public_key() == key.public_key()


def damaged(blocks):
    """Files of which nothing can be read: what is done to one, the kind, and what is said."""
    (one, two), (der, _) = blocks[pem.CERTIFICATE]
    (key, _), _ = blocks[pem.PRIVATE_KEY]
    body = one.split()[2]
    neither = "no CERTIFICATE in it: neither DER nor PEM"
    return [
        (b"", pem.CERTIFICATE, neither),
        (b"\xff\x00", pem.CERTIFICATE, neither),
        (der[:-1], pem.CERTIFICATE, neither),
        (der + b"\n", pem.CERTIFICATE, neither),
        (key, pem.CERTIFICATE, "no CERTIFICATE in it: it has PRIVATE KEY"),
        (one + two, pem.PRIVATE_KEY, "no PRIVATE KEY in it: it has CERTIFICATE, CERTIFICATE"),
        (key.replace(b" PR", b" OPENSSH PR"), pem.PRIVATE_KEY, "it has OPENSSH PRIVATE KEY"),
        (one.replace(body, body[4:]), pem.CERTIFICATE, "the block CERTIFICATE is damaged"),
        (one.replace(body, body[1:]), pem.CERTIFICATE, "the block CERTIFICATE is damaged"),
        (one.replace(body, b"*" + body), pem.CERTIFICATE, "the block CERTIFICATE is damaged"),
        (one.split(b"-----END")[0], pem.CERTIFICATE, "the block CERTIFICATE does not end"),
        (one.split(b"-----END")[0] + two, pem.CERTIFICATE, "the block CERTIFICATE does not end"),
        (b"-----BEGIN CERTIFICATE", pem.CERTIFICATE, "does not end"),
        (one.decode().encode("utf-16"), pem.CERTIFICATE, "it is text in UTF-16"),
    ]


def test_what_is_neither_is_told_and_nothing_of_it_is_shown(blocks):
    for data, kind, said in damaged(blocks):
        with pytest.raises(ValueError, match=re.escape(said)) as caught:
            pem.found(data, kind)
        assert len(str(caught.value)) < 80


TEXTS = {
    b"": "",
    b"secret": "secret",
    BOM + b"secret": "secret",
    BOM: "",
    b"a\r\nb\rc\n": "a\nb\nc\n",
    BOM + "é€\r\n".encode(): "é€\n",
    "a\ufeffb".encode(): "a\ufeffb",  # which is a space of no width
}
NO_TEXTS = {
    b"\xff\xfes\x00": "it is text in UTF-16: save it as UTF-8",
    b"\xfe\xff\x00s": "it is text in UTF-16: save it as UTF-8",
    b"M\xfcller": "it is not text in UTF-8",
}


@pytest.mark.parametrize("data", TEXTS)
def test_a_text_is_without_its_mark_and_has_one_kind_of_line_ends(data):
    assert text(data) == TEXTS[data]
    assert unmarked(data) == data.removeprefix(BOM)


@pytest.mark.parametrize("data", NO_TEXTS)
def test_what_is_no_text_in_utf_8_is_told(data):
    with pytest.raises(ValueError, match=NO_TEXTS[data]) as caught:
        text(data)
    assert type(caught.value) is ValueError
    assert caught.value.__context__ is None


def test_json_that_is_written_for_a_board_is_read_there(interpreter):
    value = {"ssid": '\N{HOUSE BUILDING} \u00e9 \u20ac " \\ \n', "n": [1, None, True]}
    reads = "import json, sys\nprint(repr(json.load(sys.stdin)).encode())"
    done = subprocess.run(
        [interpreter, "-c", reads], input=board_json.written(value), capture_output=True
    )
    assert ast.literal_eval(ast.literal_eval(done.stdout.decode()).decode()) == value


def test_half_a_character_is_escaped():
    assert board_json.written(["\udc80", "\ud83c"]) == b'["\\udc80", "\\ud83c"]'


def test_micropython_reads_all_of_this_as_cpython_does(blocks, interpreter):
    asked = [("text", data.hex(), []) for data in (*TEXTS, *NO_TEXTS)]
    asked += [("unmarked", data.hex(), []) for data in (*TEXTS, *NO_TEXTS)]
    for kind, (texts, wanted) in blocks.items():
        asked += [("found", form(*texts).hex(), [kind]) for form in PEM_FILES.values()]
        asked += [("found", der.hex(), [kind]) for der in wanted]
    asked += [("found", data.hex(), [kind]) for data, kind, _ in damaged(blocks)]
    key = ec.generate_private_key(ec.SECP256R1())
    for form in (PKCS8, TRADITIONAL):
        asked.append(("found", key.private_bytes(PEM, form, LOCKED).hex(), [pem.PRIVATE_KEY]))
    lines = "".join(json.dumps(each) + "\n" for each in asked)
    path = environment.micropython_path(environment.TOOLS)["MICROPYPATH"]
    answers = []
    for command, variables in (
        ([environment.python_of(environment.VENV), "-c", PROGRAM], {"PYTHONPATH": path}),
        ([interpreter, "-c", PROGRAM], {"MICROPYPATH": path}),
    ):
        done = finished(command, input=lines, env=variables)
        assert (done.returncode, done.stderr) == (0, "")
        answers.append([json.loads(line) for line in done.stdout.splitlines()])
    assert len(answers[0]) == len(asked)
    for question, cpython, micropython in zip(asked, *answers, strict=True):
        assert micropython == cpython, question
