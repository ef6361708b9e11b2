"""tools/pack: the documents that devices update by, and what it refuses to make one of."""

import base64
import hashlib
import json

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from forked_tools import run

URL = "https://example.com/app/1.2"


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
    folder = tmp_path / "app"
    (folder / "lib").mkdir(parents=True)
    (folder / "application.py").write_text("print('new')\n")
    (folder / "lib" / "a b.txt").write_text("x" * 1000)
    (folder / "empty").write_bytes(b"")
    (folder / ".git").mkdir()
    (folder / ".git" / "config").write_text("not for a device")
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "application.pyc").write_text("neither")
    return folder


@pytest.fixture
def key(tmp_path):
    path = tmp_path / "update.pem"
    assert pack("--new-key", path).returncode == 0
    return path


def sha256(data):
    return hashlib.sha256(data).hexdigest()


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
    assert packed("--firmware", image, "--url", URL, "--version", "1") == {
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
    empty = sha256(b"")
    application = sha256(b"print('new')\n")
    texts = (
        (
            [app],
            "iotjobs update 1\nversion 1.2.0\n"
            f"{application} 13 application.py\n"
            f"{empty} 0 empty\n{sha256(b'x' * 1000)} 1000 lib/a b.txt\n",
        ),
        (
            ["--firmware", image],
            f"iotjobs firmware 1\nversion 1.2.0\n{sha256(bytes([0xE9]))} 1 firmware\n",
        ),
    )
    for what, text in texts:
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
    done = pack(app, "--url", URL, "--version", "1", "--output", target)
    assert (done.returncode, done.stdout) == (0, "")
    assert json.loads(target.read_text())["version"] == "1"


def file(name, data=b"x"):
    def make(folder):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    return make


def many(count, length=0):
    def make(folder):
        for number in range(count):
            (folder / f"{'n' * length}{number:03}").write_bytes(b"x")

    return make


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda folder: folder.rmdir(), "is no folder"),
        (lambda folder: None, "has no files"),
        (many(65), "has 65 files: a device takes 64"),
        (file("a:b"), "'a:b': has a character"),
        (file("a\\b"), "has a character"),
        (file("a\nb"), "has a character"),
        (file("name."), "ends in '.'"),
        (file("n" * 201), "more than 200 bytes"),
        (file("n" * 199 + "/" + "m" * 199), "more than 300 bytes"),
    ],
)
def test_what_a_device_would_refuse_is_not_packed(make, said, tmp_path):
    folder = tmp_path / "app"
    folder.mkdir()
    make(folder)
    assert said in refused(folder, "--url", URL, "--version", "1")


def test_names_that_are_one_where_case_does_not_count_are_not_packed(app):
    (app / "Empty").write_bytes(b"")
    said = refused(app, "--url", URL, "--version", "1")
    assert "Empty and empty are one file" in said


@pytest.mark.parametrize("url", ["ftp://example.com/", "example.com", "https:///x", "https://é/"])
def test_a_url_that_is_none_is_refused(url, app):
    assert "url" in refused(app, "--url", url, "--version", "1")


@pytest.mark.parametrize("version", ["1 2", "é", "1" * 65, "a/b"])
def test_a_version_that_the_device_refuses_is_refused(version, app):
    assert repr(version) in refused(app, "--url", URL, "--version", version)


def test_a_folder_without_the_module_that_a_device_imports_is_refused(app, tmp_path):
    root = tmp_path / "board"
    (root / "app").mkdir(parents=True)
    (root / "main.py").write_text("")
    app.rename(root / "app" / "a")
    told = refused(root, "--url", URL, "--version", "1")
    assert f"{root} has no application.py, which the device is to import" in told
    assert f"is {root / 'app' / 'a'} the application?" in told
    packed(root / "app" / "a", "--url", URL, "--version", "1")
    told = refused(root / "app" / "a", "--url", URL, "--version", "1", "--module", "program")
    assert "has no program.py, which the device is to import: --module NAME says another" in told


@pytest.mark.parametrize("name", ["program.py", "program.mpy", "program/__init__.py"])
def test_a_module_may_have_another_name_and_may_be_compiled_or_a_package(name, tmp_path):
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_bytes(b"x")
    packed(tmp_path, "--url", URL, "--version", "1", "--module", "program")


def test_a_document_that_the_service_does_not_take_is_refused(tmp_path):
    folder = tmp_path / "app"
    (folder / ("d" * 100)).mkdir(parents=True)
    for number in range(63):
        (folder / ("d" * 100) / f"{' ' * 150}{number}").write_bytes(b"x")
    (folder / "application.py").touch()
    assert "the service takes 32768" in refused(folder, "--url", URL, "--version", "1")


def test_a_key_that_cannot_sign_is_named(app, tmp_path):
    other = rsa.generate_private_key(65537, 2048)
    keys = {
        "rsa.pem": (other, serialization.NoEncryption(), "not a key on the curve P-256"),
        "p384.pem": (
            ec.generate_private_key(ec.SECP384R1()),
            serialization.NoEncryption(),
            "not a key on the curve P-256",
        ),
        "locked.pem": (
            ec.generate_private_key(ec.SECP256R1()),
            serialization.BestAvailableEncryption(b"secret"),
            "without a password",
        ),
    }
    for name, (private, encryption, said) in keys.items():
        path = tmp_path / name
        path.write_bytes(
            private.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption
            )
        )
        told = refused(app, "--url", URL, "--version", "1", "--sign", path)
        assert name in told
        assert said in told
    assert "none.pem" in refused(
        app, "--url", URL, "--version", "1", "--sign", tmp_path / "none.pem"
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "give an application or --firmware"),
        (
            ["x", "--firmware", "y", "--url", URL, "--version", "1"],
            "give an application or --firmware",
        ),
        (["x", "--url", URL], "--url and --version are needed"),
        (["x", "--version", "1"], "--url and --version are needed"),
    ],
)
def test_a_wrong_command_line_says_what_is_missing(arguments, said):
    done = pack(*arguments)
    assert done.returncode == 2
    assert said in done.stderr
