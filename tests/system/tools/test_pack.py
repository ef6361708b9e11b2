"""tools/pack: the documents that devices update by, and what it refuses to make one of."""

import base64
import gzip
import hashlib
import json
import os
import subprocess
import sys

import environment
import images
import pytest
from commands import finished, write_files
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from forked_tools import run
from people_have import BOM, PEM_FILES

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
    assert done.stderr == (
        f"pack: 1.2.0, 3 files, 1,013 bytes; a document of {size} bytes\n"
        "pack: left out: .git, __pycache__\n"
    )


def test_of_a_firmware_it_has_the_same(tmp_path):
    image = tmp_path / "firmware.bin"
    image.write_bytes(images.application(4000))
    assert packed("--firmware", image, *AS_1) == {
        "operation": "firmware",
        "version": "1",
        "url": URL,
        "size": 4000,
        "sha256": sha256(image),
    }


NO_FIRMWARE = {
    "empty": (b"", "is empty"),
    "UF2": (b"UF2\n" + bytes(508), "is a UF2 file"),
    "ELF": (b"\x7fELF" + bytes(60), "is an ELF file"),
    "gzip": (gzip.compress(images.application()), "is compressed by gzip"),
    "ZIP": (b"PK\x03\x04" + bytes(60), "is a ZIP file"),
    "a table of partitions": (b"\xaa\x50" + bytes(60), "is a table of partitions"),
    "text": (b"#!/bin/sh\n", "is no image: it begins with 0x23, and not with 0xe9"),
    "the bootloader": (images.bootloader(), "is a bootloader, or another image"),
    "one byte": (b"\xe9", "is a bootloader, or another image"),
    **{
        f"the whole flash, the table at {at:#x}": (
            images.full(at),
            "is a full image of the flash, with the bootloader first",
        )
        for at in (0x6000, 0x7000, 0x8000, 0xF000)
    },
    "the whole flash from 0 on": (b"\xff" * 0x1000 + images.full(), "is a full image"),
    "cut off in a segment": (images.application()[:200], "is cut off"),
    "cut off before its SHA-256": (images.application()[:-1], "is cut off"),
    "cut off before its checksum": (images.application(hashed=False)[:-1], "is cut off"),
    "damaged": (images.application().replace(b"\x5a", b"\x5b", 1), "is damaged"),
    "in the other byte order": (
        images.application().replace(images.DESCRIPTION, images.DESCRIPTION[::-1]),
        "is a bootloader, or another image",
    ),
}


@pytest.mark.parametrize("kind", NO_FIRMWARE)
def test_what_an_esp32_does_not_boot_is_refused_before_it_is_signed(kind, tmp_path):
    content, said = NO_FIRMWARE[kind]
    image = tmp_path / "firmware.bin"
    image.write_bytes(content)
    told = refused("--firmware", image, *AS_1, "--sign", tmp_path / "none.pem")
    assert f"{image} {said}" in told
    assert "micropython.bin of a build" in told


@pytest.mark.parametrize(
    "image",
    [images.application(400), images.application(368, hashed=False), images.application() + b"x"],
    ids=["with a hash", "without", "with a signature behind it"],
)
def test_an_application_image_is_taken(image, tmp_path):
    path = tmp_path / "micropython.bin"
    path.write_bytes(image)
    assert packed("--firmware", path, *AS_1)["sha256"] == sha256(image)


def test_the_signature_is_over_what_is_to_be_on_the_device(app, key, tmp_path):
    public = serialization.load_der_public_key(key.with_suffix(".der").read_bytes())
    image = tmp_path / "firmware.bin"
    image.write_bytes(images.application(400))
    update = "iotjobs update 1\nversion 1.2.0\n"
    update += f"{sha256(app / 'application.py')} 13 application.py\n"
    update += f"{sha256(app / 'empty')} 0 empty\n{sha256(app / 'lib/a b.txt')} 1000 lib/a b.txt\n"
    firmware = f"iotjobs firmware 1\nversion 1.2.0\n{sha256(image)} 400 firmware\n"
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


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-16", "utf-8"])
@pytest.mark.parametrize("buffered", ["", "1"])
def test_the_document_is_utf_8_whatever_the_encoding_of_people_is(
    encoding, buffered, app, key, tmp_path
):
    write_files(app, {"é.py": "", "日本.txt": "x"})
    output = tmp_path / "up.json"
    arguments = (app, *AS_1, "--sign", key)
    assert pack(*arguments, "--output", output).returncode == 0
    done = subprocess.run(
        [sys.executable, environment.TOOLS / "pack", *arguments],
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUNBUFFERED": buffered},
    )
    assert done.returncode == 0, done.stderr
    names = [
        [file["path"] for file in json.loads(written)["files"]]
        for written in (done.stdout.decode("utf-8"), output.read_text("utf-8"))
    ]
    assert names[0] == names[1]
    assert {"é.py", "日本.txt"} < set(names[0])


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
        (["APPLIC~1.PY"], "has a character"),
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


# Whether a device takes them.
URLS = {
    "https://example.com/1.bin": True,
    "HTTPS://EXAMPLE.com:8443/1.bin?X-Amz-Signature=a%2Fb": True,
    "http://[::1]:8080/1.bin": True,
    "https://example.com": True,
    "https://example.com:/1.bin": True,
    "https://example.com/1 2.bin": False,
    "https://example.com/{1}.bin": False,
    'https://example.com/"1".bin': False,
    "https://example.com/<1>.bin": False,
    "https://example.com/a|b^c`d.bin": False,
    "https://example.com/a\\b.bin": False,
    "https://example.com/1.bin\n": False,
    "https://me:secret@example.com/1.bin": False,
    "https://me:sec@ret@example.com/1.bin?secret=1": False,
    "https://example.com:0/1.bin": False,
    "https://example.com:65536/1.bin": False,
    "https://example.com:x/1.bin": False,
    "https://exam_ple.com/1.bin": True,
    "https://exam!ple.com/1.bin": False,
    "https://[example.com]/1.bin": False,
    "https://example.com/" + "x" * 2048: False,
    "s3://bucket/1.bin": False,
}


@pytest.mark.parametrize("url", URLS)
def test_a_url_that_a_device_does_not_take_is_refused(url, tmp_path):
    image = tmp_path / "1.bin"
    image.write_bytes(images.application())
    asked = ("--firmware", image, "--version", "1", "--url", url)
    if URLS[url]:
        assert packed(*asked)["url"] == url
    else:
        told = refused(*asked)
        assert told.startswith("pack: url ")
        assert "secret" not in told
        assert len(told) < 250


def test_a_device_takes_the_same_urls(interpreter):
    program = (
        "import json, sys\nfrom iotjobs.fetch import urls\nfor url in json.load(sys.stdin):\n"
        " try: urls.split(url); print(1)\n except ValueError: print(0)"
    )
    variables = environment.micropython_path()
    done = finished([interpreter, "-c", program], input=json.dumps(list(URLS)), env=variables)
    assert done.stdout.split() == [str(int(taken)) for taken in URLS.values()], done.stderr


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("https://example.com/app?v=1", "has a query"),
        ("https://example.com/app?", "has a query"),
        ("https://example.com/app#1", "has a fragment"),
        ("https://example.com/a b", "has no ' '"),
        ("https://example.com/{1}", "has no '{'"),
    ],
)
def test_a_folder_of_which_the_files_have_no_url_is_refused(url, said, app):
    assert said in refused(app, "--version", "1", "--url", url)
    assert "secret" not in refused(app, "--version", "1", "--url", f"{url}?secret")


def test_a_file_whose_url_is_too_long_for_a_device_is_refused(tmp_path):
    app = write_files(tmp_path, {"application.py": "", "lib/a b.txt": ""})
    room = 2048 - len("/application.py")
    for base in ("https://example.com/", "https://s3.eu-west-1.amazonaws.com/bucket/"):
        url = base + "x" * (room - len(base))
        form = V2 if "s3" in base else "%s"
        packed(app, "--version", "1", "--url", form % url)
        told = refused(app, "--version", "1", "--url", form % (url + "x"))
        assert "application.py: its URL would have more than 2048 characters" in told


V1, V2 = "${aws:iot:s3-presigned-url:%s}", "${aws:iot:s3-presigned-url-v2:%s}"
BY_PATH = "https://s3.eu-west-1.amazonaws.com/bucket/app/1.2"
BY_HOST = "https://bucket.s3.eu-west-1.amazonaws.com/app/1.2"


@pytest.mark.parametrize("url", [BY_PATH, BY_HOST])
@pytest.mark.parametrize("form", [V1, V2])
def test_a_firmware_may_be_a_placeholder(form, url, tmp_path):
    image = tmp_path / "1.bin"
    image.write_bytes(images.application())
    asked = ("--firmware", image, "--version", "1", "--url", form % url)
    assert packed(*asked)["url"] == form % url
    assert "1 by placeholders, with which it becomes about 1,7" in pack(*asked).stderr


@pytest.mark.parametrize("end", ["", "/"])
@pytest.mark.parametrize("url", [BY_PATH, BY_HOST])
@pytest.mark.parametrize("form", [V1, V2])
def test_with_a_placeholder_each_file_of_a_folder_has_its_own(form, url, end, tmp_path):
    app = write_files(tmp_path, {"application.py": "", "lib/a.mpy": "x"})
    document = packed(app, "--version", "1", "--url", form % (url + end))
    assert "url" not in document
    assert [(file["path"], file["url"]) for file in document["files"]] == [
        ("application.py", form % f"{url}/application.py"),
        ("lib/a.mpy", form % f"{url}/lib/a.mpy"),
    ]


def test_a_bucket_may_be_the_folder(tmp_path):
    app = write_files(tmp_path, {"application.py": ""})
    for url in (BY_PATH.removesuffix("/app/1.2"), BY_HOST.removesuffix("/app/1.2")):
        (file,) = packed(app, "--version", "1", "--url", V2 % url)["files"]
        assert file["url"] == V2 % f"{url}/application.py"


def test_a_key_is_percent_encoded_in_v2_and_refused_in_the_older_form(app):
    files = packed(app, "--version", "1", "--url", V2 % BY_PATH)["files"]
    assert files[2]["url"] == V2 % f"{BY_PATH}/lib/a%20b.txt"
    told = refused(app, "--version", "1", "--url", V1 % BY_PATH)
    assert "'lib/a b.txt': s3-presigned-url is not known to take a key" in told


@pytest.mark.parametrize(
    "url",
    [
        V1 % "http://s3.eu-west-1.amazonaws.com/bucket/key",
        V1 % "bucket/key",
        V1 % "https://s3.eu-west-1.amazonaws.com/bucket",
        V1 % "https://s3.eu-west-1.amazonaws.com/bucket/",
        V1 % "https://bucket.s3.eu-west-1.amazonaws.com",
        V1 % "https://bucket.s3.eu-west-1.amazonaws.com/key/",
        V1 % "https://s3.eu-west-1.amazonaws.com/bucket/a b",
        V1 % "https://s3.eu-west-1.amazonaws.com/bucket/{a}",
        V1 % "",
        V1 % BY_PATH + "/more",
        (V1 % BY_PATH).removesuffix("}"),
        (V2 % BY_PATH).replace("-v2", "-v3"),
        (V2 % BY_PATH).replace("-v2", "-upload"),
        "${aws:iot:parameter:url}",
    ],
)
def test_a_placeholder_that_the_service_does_not_fill_in_is_refused(url, tmp_path):
    image = tmp_path / "1.bin"
    image.write_bytes(images.application())
    assert "pack: url '${" in refused("--firmware", image, "--version", "1", "--url", url)


def test_many_placeholders_are_warned_of(tmp_path):
    names = [f"{number}.py" for number in range(9)]
    app = write_files(tmp_path, dict.fromkeys(["application.py", *names], ""))
    done = pack(app, "--version", "1", "--url", V1 % BY_PATH)
    assert (done.returncode, "may refuse" in done.stderr) == (0, False)
    write_files(app, {"one_more.py": ""})
    done = pack(app, "--version", "1", "--url", V1 % BY_PATH)
    assert (done.returncode, len(json.loads(done.stdout)["files"])) == (0, 11)
    assert "pack: 11 placeholders: the service may refuse more than 10" in done.stderr


def test_what_links_lead_to_is_packed_too(app, tmp_path):
    shared = write_files(tmp_path / "shared", {"deep/x.py": "x"})
    (app / "shared").symlink_to(shared)
    paths = [file["path"] for file in packed(app, *AS_1)["files"]]
    assert paths == ["application.py", "empty", "lib/a b.txt", "shared/deep/x.py"]
    (app / "lib" / "up").symlink_to(app)
    assert "lib/up is a link to a folder in which it lies" in refused(app, *AS_1)


@pytest.mark.parametrize("name", ["application.py", "lib/table.json"])
def test_a_byte_order_mark_that_micropython_refuses_is_refused(name, app):
    write_files(app, {name: BOM + b"1\n", "table.csv": BOM + b"1\n"})
    assert f"{name} begins with a byte order mark" in refused(app, *AS_1)
    write_files(app, {name: "1\n".encode("utf-16")})
    assert f"{name}: it is text in UTF-16" in refused(app, *AS_1)
    write_files(app, {name: "1\n"})
    packed(app, *AS_1)


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


@pytest.mark.parametrize("form", PEM_FILES)
def test_a_key_is_read_in_each_form_that_people_have(form, app, key):
    public = serialization.load_der_public_key(key.with_suffix(".der").read_bytes())
    key.write_bytes(PEM_FILES[form](key.read_bytes()))
    document = packed(app, *AS_1, "--sign", key)
    lines = [f"{file['sha256']} {file['size']} {file['path']}\n" for file in document["files"]]
    text = "iotjobs update 1\nversion 1\n" + "".join(lines)
    public.verify(
        base64.b64decode(document["signature"]), text.encode(), ec.ECDSA(hashes.SHA256())
    )


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
