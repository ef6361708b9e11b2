"""The afr_ota document in all its shapes (STREAMS.md), as devices get it."""

import base64
import json
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from iotjobs_emulator.ota.signer import Signer
from iotjobs_emulator.s3.memory import InMemory
from jobs_world import START
from ota_world import MAKING, SECRET, UUID, OtaWorld, custom, in_s3, in_stream
from streams_world import content

DER = bytes.fromhex("3006020101020102")
PROFILE = {
    "signingProfileName": "profile",
    "signingProfileParameter": {"platform": "any", "certificatePathOnDevice": "/cert.pem"},
    "destination": {"s3Destination": {"bucket": "signed"}},
}


@pytest.fixture
def world():
    world = OtaWorld()
    world.put("image", 60)
    world.put("3.8.4/äöü {}.bin", 537_600)
    return world


def text_of(world, update_id="u1"):
    """The document's text, as it is kept."""
    return world.control.get_job_document({"jobId": f"AFR_OTA-{update_id}"})["document"]


def test_an_unsigned_file_by_mqtt(world):
    made = world.made(files=[in_s3("3.8.4/äöü {}.bin", fileName="3.8.4", fileType=0)])
    name = made["streamname"]
    assert re.fullmatch(f"AFR_OTA-{UUID}", name)
    assert len(name) == 44
    assert text_of(world) == (
        f'{{"afr_ota":{{"protocols":["MQTT"],"streamname":"{name}","files":['
        '{"filepath":"3.8.4","filesize":537600,"fileid":0,"certfile":null,"fileType":0,'
        '"update_data_url":null,"auth_scheme":null,"sig--":null}]}}'
    )


def test_older_documents_leave_out_what_is_null():
    world = OtaWorld(drops_nulls=True)
    world.put("image", 60)
    signed = in_s3("image", fileName="/", codeSigning=custom(b"MEQC", certificate="/"))
    assert world.made(files=[signed])["files"] == [
        {"filepath": "/", "filesize": 60, "fileid": 0, "certfile": "/", "sig-sha256-ecdsa": "MEQC"}
    ]


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        (b"thisIsMockCertificate", "thisIsMockCertificate"),  # as an agent's test was answered
        (base64.b64encode(DER), base64.b64encode(DER).decode()),
        (DER, base64.b64encode(DER).decode()),
        (b"MEQC\n", base64.b64encode(b"MEQC\n").decode()),
        ("ä".encode(), base64.b64encode("ä".encode()).decode()),
    ],
)
def test_a_signature_that_is_brought_along(world, given, shown):
    signing = custom(given, "SHA1", "RSA", "rsasigner.crt")
    [file] = world.made(files=[in_s3("image", codeSigning=signing)])["files"]
    assert (file["sig-sha1-rsa"], file["certfile"]) == (shown, "rsasigner.crt")


def test_the_names_of_hash_and_algorithm_are_as_they_were_typed(world):
    signing = custom(b"x", "SHA-256", "Ecdsa")
    [file] = world.made(files=[in_s3("image", codeSigning=signing)])["files"]
    assert "sig-sha-256-ecdsa" in file


def test_the_emulator_signs_where_a_profile_is_named(world):
    signing = {"startSigningJobParameter": PROFILE}
    [file] = world.made(files=[in_s3("image", codeSigning=signing)])["files"]
    assert file["certfile"] == "/cert.pem"
    key = load_pem_public_key(world.ota.signer.public_pem.encode())
    signature = base64.b64decode(file["sig-sha256-ecdsa"])
    key.verify(signature, content(60), ec.ECDSA(hashes.SHA256()))
    assert isinstance(key.curve, ec.SECP256R1)


def test_the_emulators_key_follows_from_its_secret():
    one, same, other = Signer(SECRET), Signer(SECRET), Signer(SECRET[::-1])
    assert one.public_pem == same.public_pem != other.public_pem
    assert one.sign(b"a") == same.sign(b"a") != one.sign(b"b")


def test_by_http_there_is_no_stream_and_a_url_that_expires(world):
    made = world.made(
        files=[in_s3("3.8.4/äöü {}.bin", fileType=0)],
        protocols=["HTTP"],
        awsJobPresignedUrlConfig={"expiresInSec": 100},
    )
    assert "streamname" not in made
    assert world.stream_control.list_streams({})["streams"] == []
    [file] = made["files"]
    assert (file["fileid"], file["auth_scheme"]) == (0, "aws.s3.presigned")
    parts = urlsplit(file["update_data_url"])
    assert parse_qs(parts.query)["X-Amz-Expires"] == ["100"]
    signer = world.ota._making._streams.objects._files.signer
    headers = {"host": parts.netloc}
    signer.verify("GET", parts.path, parts.query, headers, START + MAKING + 100)
    assert "${aws:iot:s3-presigned-url-v2:https://s3.eu-west-1.amazonaws.com/" in text_of(world)


def test_a_url_holds_half_an_hour_unless_it_is_said(world):
    [file] = world.made(protocols=["HTTP"])["files"]
    assert parse_qs(urlsplit(file["update_data_url"]).query)["X-Amz-Expires"] == ["1800"]


def test_by_both_the_device_may_choose(world):
    made = world.made(protocols=["MQTT", "HTTP"])
    assert made["protocols"] == ["MQTT", "HTTP"]
    assert re.fullmatch(f"AFR_OTA-{UUID}", made["streamname"])
    assert made["files"][0]["update_data_url"].startswith("https://")


def test_files_have_ids_by_their_place(world):
    files = [in_s3("image", fileName="a"), in_s3("3.8.4/äöü {}.bin", fileName="b", fileType=7)]
    made = world.made(files=files)
    found = [(f["filepath"], f["filesize"], f["fileid"], f["fileType"]) for f in made["files"]]
    assert found == [("a", 60, 0, None), ("b", 537_600, 1, 7)]
    place = f"$aws/things/lamp/streams/{made['streamname']}"
    [(_, message)] = world.ask_stream("describe/json", b"{}", place)
    assert json.loads(message)["r"] == [{"f": 0, "z": 60}, {"f": 1, "z": 537_600}]


def test_files_of_a_stream_that_is_there_keep_their_ids(world):
    world.create_stream("s1", 60, 70, 80)
    made = world.made(files=[in_stream("s1", 2), in_stream("s1", 0)])
    assert made["streamname"] == "s1"
    assert [(f["fileid"], f["filesize"]) for f in made["files"]] == [(2, 80), (0, 60)]
    assert [s["streamId"] for s in world.stream_control.list_streams({})["streams"]] == ["s1"]


def test_a_file_of_a_stream_can_be_had_by_http_too(world):
    world.create_stream("s1", 60)
    made = world.made(files=[in_stream("s1", 0)], protocols=["HTTP"])
    assert "streamname" not in made
    assert "/bucket/s1-0?" in made["files"][0]["update_data_url"]


def test_a_file_that_the_stream_does_not_have_fails_the_making(world):
    world.create_stream("s1", 60)
    assert "Stream s1 has no file 1" in world.failed(files=[in_stream("s1", 1)])


def test_a_file_that_has_changed_cannot_be_signed(world):
    world.create_stream("s1", 60)
    world.put("s1-0", 61)
    signing = {"startSigningJobParameter": PROFILE}
    assert "has changed" in world.failed(files=[in_stream("s1", 0, codeSigning=signing)])


def test_a_disk_that_fails_fails_the_making_and_nothing_else(world, monkeypatch):
    def read(*part):
        raise OSError("the disk is broken")

    monkeypatch.setattr(InMemory, "read", read)
    signing = {"startSigningJobParameter": PROFILE}
    why = world.failed(files=[in_s3("image", codeSigning=signing)])
    assert why.endswith("s3://bucket/image cannot be read: the disk is broken")
    world.create_stream("s1", 60)
    assert world.rejected("get/json", {"f": 0, "l": 256, "n": 1})["o"] == "InternalError"
