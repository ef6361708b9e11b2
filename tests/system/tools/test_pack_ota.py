"""tools/pack --ota: what AWS's OTA service takes, and what is refused."""

import base64
import io
import json
import tarfile

import images
import pytest
from botocore.session import Session
from botocore.validate import ParamValidator
from commands import write_files
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_public_key
from forked_tools import run

PLACE = "s3://firmware/apps/app-1.2.0.tar"
FILES = {"application.py": "print('new')\n", "lib/b.txt": "x" * 1000, "empty": "", ".git/c": "no"}


@pytest.fixture
def folder(tmp_path):
    write_files(tmp_path / "app", FILES)
    assert run("pack", "--new-key", tmp_path / "update.pem").returncode == 0
    return tmp_path


def pack(folder, *arguments, what=None, place=PLACE, version="1.2.0"):
    what = what or [folder / "app"]
    made = ("--output", folder / "ota")
    return run("pack", *what, "--ota", place, "--version", version, *made, *arguments)


def test_an_application_becomes_an_archive_that_is_the_same_each_time(folder):
    contents = []
    for _ in range(2):
        assert pack(folder).returncode == 0
        contents.append((folder / "ota" / "app-1.2.0.tar").read_bytes())
    assert contents[0] == contents[1]
    with tarfile.open(fileobj=io.BytesIO(contents[0])) as tar:
        found = {entry.name: tar.extractfile(entry).read().decode() for entry in tar}
    assert found == {name: text for name, text in FILES.items() if name != ".git/c"}
    assert len(contents[0]) == 3 * 512 + 512 + 1024 + 1024


def test_what_is_made_is_what_the_service_takes(folder):
    done = pack(folder, "--sign", folder / "update.pem")
    made = folder / "ota"
    assert done.stdout.splitlines() == [
        f"aws s3 cp {made}/app-1.2.0.tar {PLACE}",
        "aws iot create-ota-update --ota-update-id app-1-2-0 --targets $TARGET --protocols MQTT"
        f" --files file://{made}/files.json --role-arn $ROLE",
    ]
    assert "app-1.2.0.tar, files.json and document.json: 1.2.0, 4,096 bytes, signed" in done.stderr
    assert "left out: .git" in done.stderr
    files = json.loads((made / "files.json").read_text())
    request = {"otaUpdateId": "u", "targets": ["arn"], "files": files, "roleArn": "a" * 20}
    service = Session().get_service_model("iot")
    shape = service.operation_model("CreateOTAUpdate").input_shape
    assert ParamValidator().validate(request, shape).generate_report() == ""
    location = files[0]["fileLocation"]["s3Location"]
    assert location == {"bucket": "firmware", "key": "apps/app-1.2.0.tar"}
    signature = files[0]["codeSigning"]["customCodeSigning"]["signature"]["inlineDocument"]
    content = (made / "app-1.2.0.tar").read_bytes()
    key = load_der_public_key((folder / "update.der").read_bytes())
    key.verify(base64.b64decode(signature), content, ec.ECDSA(hashes.SHA256()))
    [file] = json.loads((made / "document.json").read_text())["afr_ota"]["files"]
    assert (file["sig-sha256-ecdsa"], file["filesize"]) == (signature, len(content))


def test_a_firmware_is_taken_as_it_is(folder):
    image = images.application(4000)
    (folder / "fw.bin").write_bytes(image)
    what = ["--firmware", folder / "fw.bin"]
    done = pack(folder, what=what, place="s3://firmware/fw_1+2.bin")
    assert "--ota-update-id fw_1-2 " in done.stdout
    assert done.stderr.endswith("bytes, not signed\n")
    assert (folder / "ota" / "fw_1+2.bin").read_bytes() == image
    [file] = json.loads((folder / "ota" / "files.json").read_text())
    assert "codeSigning" not in file
    [file] = json.loads((folder / "ota" / "document.json").read_text())["afr_ota"]["files"]
    assert file["sig--"] is None


@pytest.mark.parametrize(
    ("place", "version", "told"),
    [
        ("https://firmware/app.tar", "1", "not s3://BUCKET/KEY"),
        ("s3://firmware", "1", "not s3://BUCKET/KEY"),
        ("s3://firmware/", "1", "not s3://BUCKET/KEY"),
        ("s3://firmware/folder/", "1", "not s3://BUCKET/KEY"),
        ("s3://Firmware/app.tar", "1", "not s3://BUCKET/KEY"),
        ("s3://firmware/a b", "1", "not s3://BUCKET/KEY"),
        (PLACE, "1 2", "version '1 2'"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(folder, place, version, told):
    done = pack(folder, place=place, version=version)
    assert (done.returncode, done.stdout) == (1, "")
    assert told in done.stderr
    assert not (folder / "ota").exists()


def test_a_name_that_no_archive_has_is_refused(folder):
    write_files(folder / "app", {"a" * 150: "too long"})
    done = pack(folder)
    assert done.returncode == 1
    assert "too long for an archive (ustar)" in done.stderr


def test_a_url_and_a_place_exclude_each_other(folder):
    done = pack(folder, "--url", "https://example.com/")
    assert done.returncode == 2
    assert "--version is needed, and --url or --ota" in done.stderr
