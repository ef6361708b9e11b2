"""tools/pack: the documents that devices update by, and what it refuses to make one of."""

import base64
import hashlib
import json

import pytest
from commands import write_files
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from forked_tools import run

URL = "https://example.com/app/1.2"
AS_1 = ("--url", URL, "--version", "1")
PEM, PKCS8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
PLAIN, LOCKED = serialization.NoEncryption(), serialization.BestAvailableEncryption(b"secret")


def pack(*arguments):
    return run("pack", *arguments)


def packed(*arguments):
    done = pack(*arguments)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def refused(*arguments):
    done = pack(*arguments)
    assert done.returncode == 1
    assert not done.stdout
    assert done.stderr.startswith("pack: ")
    return done.stderr


@pytest.fixture
def app(tmp_path):
    files = {
        "application.py": "print('new')\n",
        "lib/a b.txt": "x" * 1000,
        "empty": "",
        ".git/config": "not for a device",
        "__pycache__/application.pyc": "neither",
    }
    return write_files(tmp_path / "app", files)


@pytest.fixture
def key(tmp_path):
    path = tmp_path / "update.pem"
    assert pack("--new-key", path).returncode == 0
    return path


def sha256(data):
    """Of bytes, or of a file."""
    return hashlib.sha256(data if isinstance(data, bytes) else data.read_bytes()).hexdigest()


def test_the_document_has_each_file_with_its_size_and_sum(app):
    done = pack(app, "--url", URL, "--version", "1.2.0")
    assert json.loads(done.stdout) == {
        "operation": "update",
        "version": "1.2.0",
        "url": URL + "/",
        "files": [
            {"path": "application.py", "size": 13, "sha256": sha256(b"print('new')\n")},
            {"path": "empty", "size": 0, "sha256": sha256(b"")},
            {
                "path": "lib/a b.txt",
                "size": 1000,
                "sha256": sha256(b"x" * 1000),
                "url": URL + "/lib/a%20b.txt",
            },
        ],
    }
    size = len(done.stdout.strip())
    assert done.stderr == f"pack: 1.2.0, 3 files, 1,013 bytes; a document of {size} bytes\n"


def test_of_a_firmware_it_has_the_same(tmp_path):
    image = tmp_path / "firmware.bin"
    image.write_bytes(b"\xe9" * 5000)
    assert packed("--firmware", image, *AS_1) == {
        "operation": "firmware",
        "version": "1",
        "url": URL,
        "size": 5000,
        "sha256": sha256(b"\xe9" * 5000),
    }


def test_the_signature_is_over_what_is_to_be_on_the_device(app, key, tmp_path):
    public = serialization.load_der_public_key(key.with_suffix(".der").read_bytes())
    image = tmp_path / "firmware.bin"
    image.write_bytes(b"\xe9")
    update = "iotjobs update 1\nversion 1.2.0\n"
    update += f"{sha256(app / 'application.py')} 13 application.py\n"
    update += f"{sha256(app / 'empty')} 0 empty\n{sha256(app / 'lib/a b.txt')} 1000 lib/a b.txt\n"
    firmware = f"iotjobs firmware 1\nversion 1.2.0\n{sha256(image)} 1 firmware\n"
    for what, text in (([app], update), (["--firmware", image], firmware)):
        document = packed(*what, "--url", URL, "--version", "1.2.0", "--sign", key)
        signature = base64.b64decode(document["signature"], validate=True)
        public.verify(signature, text.encode(), ec.ECDSA(hashes.SHA256()))


def test_a_new_key_is_its_owners_alone_and_replaces_none(tmp_path):
    path = tmp_path / "update.pem"
    assert pack("--new-key", path).returncode == 0
    assert path.stat().st_mode & 0o777 == 0o600
    before = path.read_bytes()
    assert "update.der is there already" in refused("--new-key", path)
    path.with_suffix(".der").unlink()
    assert "update.pem is there already" in refused("--new-key", path)
    assert path.read_bytes() == before
    assert not path.with_suffix(".der").exists()
    assert "give one in .pem" in refused("--new-key", tmp_path / "key.der")


def test_output_goes_into_a_file(app, tmp_path):
    target = tmp_path / "update.json"
    done = pack(app, *AS_1, "--output", target)
    assert (done.returncode, done.stdout) == (0, "")
    assert json.loads(target.read_text())["version"] == "1"


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ([], "has no files"),
        ([f"{number:03}" for number in range(65)], "has 65 files: a device takes 64"),
        (["a:b"], "'a:b': has a character"),
        (["a\\b"], "has a character"),
        (["a\nb"], "has a character"),
        (["name."], "ends in '.'"),
        (["n" * 201], "more than 200 bytes"),
        (["n" * 199 + "/" + "m" * 199], "more than 300 bytes"),
    ],
)
def test_what_a_device_would_refuse_is_not_packed(names, said, tmp_path):
    assert said in refused(write_files(tmp_path, dict.fromkeys(names, "x")), *AS_1)


def test_what_is_no_folder_is_not_packed(tmp_path):
    assert "is no folder" in refused(tmp_path / "app", *AS_1)


def test_names_that_are_one_where_case_does_not_count_are_not_packed(app):
    (app / "Empty").write_bytes(b"")
    said = refused(app, *AS_1)
    assert "Empty and empty are one file" in said


@pytest.mark.parametrize(
    ("option", "value"),
    [
        *(
            ("url", url)
            for url in ("ftp://example.com/", "example.com", "https:///x", "https://é/")
        ),
        *(("version", version) for version in ("1 2", "é", "1" * 65, "a/b")),
    ],
)
def test_a_url_or_a_version_that_the_device_refuses_is_refused(option, value, app):
    said = refused(app, *AS_1, f"--{option}", value)
    assert (option if option == "url" else repr(value)) in said


def test_a_folder_without_the_module_that_a_device_imports_is_refused(app, tmp_path):
    root = write_files(tmp_path / "board", {"main.py": ""})
    slot = root / "app" / "a"
    slot.parent.mkdir()
    app.rename(slot)
    told = refused(root, *AS_1)
    assert f"{root} has no application.py, which the device is to import" in told
    assert f"is {slot} the application?" in told
    packed(slot, *AS_1)
    told = refused(slot, *AS_1, "--module", "program")
    assert "has no program.py, which the device is to import: --module NAME says another" in told


@pytest.mark.parametrize("name", ["program.py", "program.mpy", "program/__init__.py"])
def test_a_module_may_have_another_name_and_may_be_compiled_or_a_package(name, tmp_path):
    packed(write_files(tmp_path, {name: "x"}), *AS_1, "--module", "program")


def test_a_document_that_the_service_does_not_take_is_refused(tmp_path):
    names = [f"{'d' * 100}/{' ' * 150}{number}" for number in range(63)]
    write_files(tmp_path, {"application.py": "", **dict.fromkeys(names, "x")})
    assert "the service takes 32768" in refused(tmp_path, *AS_1)


@pytest.mark.parametrize(
    ("private", "encryption", "said"),
    [
        (rsa.generate_private_key(65537, 2048), PLAIN, "not a key on the curve P-256"),
        (ec.generate_private_key(ec.SECP384R1()), PLAIN, "not a key on the curve P-256"),
        (ec.generate_private_key(ec.SECP256R1()), LOCKED, "without a password"),
        (None, None, "no.pem"),
    ],
    ids=["RSA", "P-384", "locked", "none"],
)
def test_a_key_that_cannot_sign_is_named(app, tmp_path, private, encryption, said):
    path = tmp_path / "no.pem"
    if private:
        path.write_bytes(private.private_bytes(PEM, PKCS8, encryption))
    told = refused(app, *AS_1, "--sign", path)
    assert "no.pem" in told
    assert said in told
