"""Certificates that are rotated at an emulator, however often the tool was ended, and whatever the
board says.
"""

import base64
import json

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from deploying import provisioned
from made_devices import EndedError
from provisioning import account
from provisioning import folder as folders
from provisioning.errors import ProvisionError
from provisioning.rotating import ROTATED, WAITS
from rotated_board import RotatedBoard


@pytest.fixture
def board(registry, tmp_path):
    registry.make("lamp", https=True)
    return RotatedBoard(registry.emulator, "lamp", registry.of("lamp"), tmp_path)


def to_the_end(registry, board):
    for _ in range(5):
        if registry.rotate("lamp") == ROTATED:
            return
        board.serve()
    raise AssertionError("no end")


def record(registry):
    return registry.of("lamp").read()


def policies(registry, arn):
    found = registry.iot.list_attached_policies(target=arn)["policies"]
    return sorted(policy["policyName"] for policy in found)


def is_rotated(registry, board, old):
    """The board has another certificate, which is the only one, and all that the old one was."""
    folder = registry.of("lamp").path
    found = record(registry)
    arn = found["certificateArn"]
    assert (found["key"], "rotation" in found, set(found)) == (
        "board",
        False,
        {"thing", "certificateArn", "done", "key"},
    )
    assert arn.endswith(board.identity())
    assert registry.principals("lamp") == registry.all_certificates() == [arn]
    assert policies(registry, arn) == ["iotjobs-device", "iotjobs-device-lamp"]
    assert (folder / "device.der").read_bytes() == board.certificate
    assert not (folder / "key.der").exists()
    assert not list(folder.glob("*.new"))
    assert board.is_taken(board.certificate, board.key)
    assert not board.is_taken(*old)


def test_the_board_has_a_new_certificate_for_a_key_that_only_it_has(registry, board):
    old = board.certificate, board.key
    assert registry.rotate("lamp") == WAITS
    assert board.serve() == [{"operation": "certificate"}]
    assert registry.rotate("lamp") == WAITS
    assert board.is_taken(*old)
    (document,) = board.serve()
    assert set(document) == {"operation", "certificate"}
    assert board.is_taken(*old)
    assert registry.rotate("lamp") == ROTATED
    is_rotated(registry, board, old)


def test_wherever_it_is_ended_the_next_run_goes_on(registry, board):
    step, goes_on = 1, True
    while goes_on:
        old = board.certificate, board.key
        registry.end_at(step, True)  # before the next one is the same
        try:
            to_the_end(registry, board)
            goes_on = False
        except EndedError:
            assert board.is_taken(board.certificate, board.key)
        registry.never_end()
        if goes_on:
            to_the_end(registry, board)
        is_rotated(registry, board, old)
        step += 1
    assert step > 20


def test_a_board_that_keeps_its_certificate_goes_on_with_it(registry, board):
    old = board.certificate, board.key
    refusal = {"reason": "rolled back", "certificate": board.identity()}
    for answer in (None, ("FAILED", refusal)):
        board.answers.append(answer)
        assert registry.rotate("lamp") == WAITS
        board.serve()
    with pytest.raises(ProvisionError, match=r"FAILED: rolled back\. The new one is taken back"):
        registry.rotate("lamp")
    assert registry.all_certificates() == registry.principals("lamp") == [arn_of(registry)]
    assert board.is_taken(*old)
    assert "rotation" not in record(registry)
    to_the_end(registry, board)
    is_rotated(registry, board, old)


def arn_of(registry):
    return record(registry)["certificateArn"]


@pytest.mark.parametrize(
    ("status", "details"),
    [
        ("FAILED", {"reason": "interrupted by 10 resets"}),
        ("SUCCEEDED", {"certificate": "0" * 64}),
        ("REJECTED", {"trying": "0" * 64}),
    ],
)
def test_where_nobody_knows_what_the_board_has_both_stay(registry, board, status, details):
    old = board.certificate, board.key
    for answer in (None, (status, details)):
        board.answers.append(answer)
        registry.rotate("lamp")
        board.serve()
    with pytest.raises(ProvisionError, match="so both stay: job certificate-.* is " + status):
        registry.rotate("lamp")
    assert len(registry.principals("lamp")) == 2
    with pytest.raises(ProvisionError, match="is being rotated: go on by --rotate"):
        registry.make("lamp", again=True, https=True)
    to_the_end(registry, board)
    is_rotated(registry, board, old)


def request_of(name, key=None, extension=None):
    """As a board reports it."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    pem = folders.signing_request(key, name)
    der = x509.load_pem_x509_csr(pem.encode()).public_bytes(serialization.Encoding.DER)
    return base64.b64encode(der).decode()


def test_a_request_that_is_not_this_boards_gets_no_certificate(registry, board):
    cut = request_of("lamp")
    for request, said in (
        ("", "is no signing request"),
        ("@@", "is no signing request"),
        (request_of("shade"), "is not for this thing, or not signed"),
        (request_of("lamp", ec.generate_private_key(ec.SECP384R1())), "is not for this thing"),
        (cut[:-8] + "AAAAAA==", "is no signing request|not signed"),
        (request_of("lamp", board.key), "is for the key that it has"),
    ):
        board.answers.append(("SUCCEEDED", {"request": request} if request else {"a": "b"}))
        assert registry.rotate("lamp") == WAITS
        board.serve()
        with pytest.raises(ProvisionError, match=said):
            registry.rotate("lamp")
        assert "rotation" not in record(registry)
        assert len(registry.all_certificates()) == 1


def test_a_program_without_the_handler_says_so(registry, board):
    board.answers.append(("REJECTED", {"reason": "no handler for operation 'certificate'"}))
    registry.rotate("lamp")
    board.serve()
    with pytest.raises(ProvisionError, match=r"makes no new key: .* is REJECTED: no handler for"):
        registry.rotate("lamp")


def test_a_rotation_under_way_is_taken_back_with_the_device(registry, board):
    for asked in (False, True):
        if asked:
            registry.make("lamp", https=True)
            board.__init__(registry.emulator, "lamp", registry.of("lamp"), registry.folder.parent)
        registry.rotate("lamp")
        board.serve()
        if asked:
            registry.rotate("lamp")
        else:  # the answer is lost
            registry.end_after("CreateCertificateFromCsr")
            with pytest.raises(EndedError):
                registry.rotate("lamp")
            registry.never_end()
            assert "certificateArn" not in record(registry)["rotation"]
        assert len(registry.all_certificates()) == 2
        registry.remove("lamp")
        assert registry.all_certificates() == []
        assert not registry.of("lamp").path.exists()


def test_a_device_that_is_rotated_is_there_still_for_provisioning(registry, board):
    to_the_end(registry, board)
    before = record(registry)
    assert not registry.make("lamp", https=True)
    assert registry.make("lamp", again=True, https=True)
    assert record(registry) == before
    assert not (registry.of("lamp").path / "key.der").exists()


def test_a_device_that_is_not_made_is_not_rotated(registry):
    with pytest.raises(ProvisionError, match="it is not made yet: `tools/provision shade` makes"):
        registry.rotate("shade")
    registry.of("shade").write(asked=1)
    with pytest.raises(ProvisionError, match="it is not made yet"):
        registry.rotate("shade")


def test_what_mends_it_is_for_the_same_folder_and_service(registry, run, capsys):
    where = ("--region", "eu-west-1", "--profile", "at home", "--ca", "ca.pem")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(account, "session", lambda _: None)
        assert run("shade", "--rotate", *where) == 1
    command = f"shade --to {registry.folder} --profile 'at home' --region eu-west-1 --ca ca.pem"
    assert f"`tools/provision {command}` makes it" in capsys.readouterr().err


def test_no_private_key_is_in_a_job_or_in_a_record(registry, board):
    registry.rotate("lamp")
    board.serve()
    registry.rotate("lamp")
    text = json.dumps(record(registry)) + json.dumps(board.serve())
    for key in (board.key, registry.of("lamp").key(is_rsa=False)):
        secret = key.private_numbers().private_value.to_bytes(32, "big")
        for form in (secret.hex(), base64.b64encode(secret).decode()[:40]):
            assert form not in text
    assert "PRIVATE" not in text


def test_a_deploy_in_between_leaves_the_boards_pair_alone(registry, board):
    for _ in range(2):
        assert registry.rotate("lamp") == WAITS
        board.serve()  # it has switched, and said so; the folder has the old pair still
    path = registry.of("lamp").path
    (path / "settings.json").write_text("{}")
    device = provisioned.device("lamp", path.parent)
    assert (device.cert, device.key) == (None, None)
    assert registry.rotate("lamp") == ROTATED
    assert board.is_taken(board.certificate, board.key)
