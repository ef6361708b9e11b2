"""What somebody has changed at the service, or in the folder, since a device was made: each is
said in words, with what mends it; and mended so, the tool goes on.
"""

import errno
import json
import os
import shutil

import pytest
from made_devices import EndedError
from provisioning import session
from provisioning.errors import ProvisionError, RefusedError
from provisioning.rotating import ROTATED, WAITS
from rotated_board import RotatedBoard


@pytest.fixture
def board(registry, tmp_path):
    registry.make("lamp", https=True, attributes={"room": "hall"})
    return RotatedBoard(registry.emulator, "lamp", registry.of("lamp"), tmp_path)


def arn_of(registry):
    return registry.of("lamp").read()["certificateArn"]


def status(registry, arn, new):
    identifier = arn.rpartition("/")[2]
    registry.iot.update_certificate(certificateId=identifier, newStatus=new)


def detach(registry, arn):
    registry.iot.detach_thing_principal(thingName="lamp", principal=arn)


def detach_policies(registry, arn):
    for policy in registry.iot.list_attached_policies(target=arn)["policies"]:
        registry.iot.detach_policy(policyName=policy["policyName"], target=arn)


def delete_thing(registry, arn):
    for each in registry.principals("lamp"):
        detach(registry, each)
    registry.iot.delete_thing(thingName="lamp")


def delete_certificate(registry, arn):
    if arn in registry.principals("lamp"):
        detach(registry, arn)
    detach_policies(registry, arn)
    status(registry, arn, "INACTIVE")
    registry.iot.delete_certificate(certificateId=arn.rpartition("/")[2])


def attach_another(registry, arn):
    made = registry.iot.create_keys_and_certificate(setAsActive=True)
    registry.iot.attach_thing_principal(thingName="lamp", principal=made["certificateArn"])
    return made["certificateArn"]


def make_again(registry, arn):
    registry.make("lamp", again=True)  # as it says, without what was given then


def activate(registry, arn):
    status(registry, arn, "ACTIVE")


def detach_another(registry, arn):
    for each in registry.principals("lamp"):
        if each != arn:
            detach(registry, each)
            delete_certificate(registry, each)


AGAIN = "`tools/provision lamp --again` mends it"
CHANGES = [
    (delete_thing, f"there is no thing lamp any more: {AGAIN}", make_again),
    (detach, f"is not attached to it: {AGAIN}", make_again),
    (detach_policies, f"has no policy: {AGAIN}", make_again),
    (
        lambda registry, arn: status(registry, arn, "INACTIVE"),
        "is INACTIVE: somebody has taken it out of use. `aws iot update-certificate --cer",
        activate,
    ),
    (attach_another, "Or detach it: `aws iot detach-thing-principal --thing-name lamp --pr", None),
    (delete_certificate, "is not there: it was made in another account or region, or was d", None),
]
NAMES = ["no-thing", "detached", "no-policy", "inactive", "another", "deleted"]


@pytest.mark.parametrize(("change", "said", "mend"), CHANGES, ids=NAMES)
@pytest.mark.parametrize("is_begun", [False, True], ids=["before", "begun"])
def test_a_rotation_says_what_is_missing_and_goes_on_when_it_is_there_again(
    registry, board, change, said, mend, is_begun
):
    old = arn_of(registry)
    if is_begun:
        assert registry.rotate("lamp") == WAITS
        board.serve()  # its request is there
    another = change(registry, old)
    with pytest.raises(ProvisionError) as error:
        registry.rotate("lamp")
    assert said in str(error.value)
    assert "rotation" not in registry.of("lamp").read()
    certificates = {old, another} - {None}
    if change is delete_certificate:
        certificates = set()
    assert set(registry.all_certificates()) == certificates
    if change is attach_another:
        detach_another(registry, old)
    elif mend is None:
        return
    else:
        mend(registry, old)
    for _ in range(2):
        assert registry.rotate("lamp") == WAITS
        board.serve()
    assert registry.rotate("lamp") == ROTATED
    assert registry.all_certificates() == [arn_of(registry)] != [old]


def to_the_new_one(registry, board):
    """As far as the new certificate, which is not attached yet; its ARN."""
    assert registry.rotate("lamp") == WAITS
    board.serve()
    registry.end_after("ListThingPrincipals")
    with pytest.raises(EndedError):
        registry.rotate("lamp")
    registry.never_end()
    return registry.of("lamp").read()["rotation"]["certificateArn"]


def test_a_new_certificate_that_somebody_deletes_is_asked_for_anew(registry, board):
    new = to_the_new_one(registry, board)
    delete_certificate(registry, new)
    with pytest.raises(ProvisionError, match=r"has deleted its new certificate .*: run it again"):
        registry.rotate("lamp")
    for _ in range(2):
        assert registry.rotate("lamp") == WAITS
        board.serve()
    assert registry.rotate("lamp") == ROTATED
    assert board.is_taken(board.certificate, board.key)


@pytest.mark.parametrize("rounds", [1, 2])
def test_a_thing_that_goes_while_its_board_is_waited_for(registry, board, rounds):
    for number in range(rounds):
        if number:
            board.serve()
        assert registry.rotate("lamp") == WAITS
    delete_thing(registry, None)
    with pytest.raises(ProvisionError, match=r"take the device back by `tools/provision lamp --r"):
        registry.rotate("lamp")
    registry.remove("lamp")
    assert registry.all_certificates() == []
    assert registry.make("lamp", https=True)


def test_the_old_one_stays_if_the_new_one_is_not_active_at_the_end(registry, board):
    old = arn_of(registry)
    for _ in range(2):
        assert registry.rotate("lamp") == WAITS
        board.serve()
    new = registry.of("lamp").read()["rotation"]["certificateArn"]
    status(registry, new, "INACTIVE")
    with pytest.raises(ProvisionError, match="is INACTIVE: somebody has taken it out of use"):
        registry.rotate("lamp")
    assert set(registry.all_certificates()) == {old, new}
    status(registry, new, "ACTIVE")
    assert registry.rotate("lamp") == ROTATED


def test_what_another_has_attached_is_not_taken_back_and_nothing_else_is(registry, board):
    own = arn_of(registry)
    another = attach_another(registry, own)
    with pytest.raises(ProvisionError) as error:
        registry.remove("lamp")
    assert f"somebody else has attached {another} to the thing" in str(error.value)
    assert f"--thing-name lamp --principal {another}`" in str(error.value)
    assert set(registry.principals("lamp")) == {own, another}
    assert registry.of("lamp").has_key()
    detach(registry, another)
    registry.remove("lamp")
    assert registry.all_certificates() == [another]


def test_another_policy_of_the_name_is_met_before_anything_is_made(registry):
    statement = {"Effect": "Deny", "Action": "*", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": statement})
    registry.iot.create_policy(policyName="iotjobs-device", policyDocument=document)
    with pytest.raises(RefusedError, match=r"says something else: choose .* --set-as-default"):
        registry.make("lamp")
    assert registry.all_certificates() == []
    assert not registry.of("lamp").has_key()


def test_a_folder_under_another_name_is_another_things(registry, board):
    lamp, moved = registry.of("lamp").path, registry.of("Lamp").path
    lamp.rename(moved)
    for action in (registry.make, registry.remove, registry.rotate):
        with pytest.raises(ProvisionError, match="is the folder of the thing lamp: it was renam"):
            action("Lamp")
    assert registry.principals("lamp") == registry.all_certificates()
    moved.rename(lamp)
    assert not registry.make("lamp", https=True)


def test_wherever_the_disk_is_full_the_next_run_makes_the_device_once(registry, monkeypatch):
    sync, writes = os.fsync, []

    def full(descriptor):
        writes.append(None)
        if len(writes) == at:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    made = []
    for at in range(1, 9):
        writes.clear()
        thing = f"lamp-{at}"
        try:
            registry.make(thing)
        except ProvisionError as error:
            assert str(error).endswith(": No space left on device")
            assert not list(registry.of(thing).path.glob("*.new"))
            registry.make(thing)
        else:
            assert at > len(writes) > 6
        made.append(registry.of(thing).read()["certificateArn"])
        assert registry.principals(thing) == [made[-1]]
    assert sorted(registry.all_certificates()) == sorted(made)


def test_what_cannot_be_read_or_locked_is_one_devices_failure(registry, monkeypatch, capsys):
    screen = session.Screen(2)
    registry.of("lamp").path.write_text("a file")

    def make(device):
        with registry.of(device.thing).held():
            if device.thing == "shade":
                raise PermissionError(errno.EACCES, "Permission denied", "shade/key.der")
        return "made"

    wanted = session.wanted.devices(["lamp", "shade", "hall"], None)
    assert session._each(screen, wanted, make, 1_000) == []
    said = sorted(capsys.readouterr().err.splitlines())
    assert said == [
        "provision: hall: made",
        f"provision: lamp: {registry.folder}/lamp/provisioned.lock: File exists",
        "provision: shade: shade/key.der: Permission denied",
    ]


def test_a_copy_of_the_folder_elsewhere_rotates_nothing_twice(registry, board, tmp_path):
    assert registry.rotate("lamp") == WAITS
    here, there = registry.folder, tmp_path / "there"
    shutil.copytree(here / "lamp", there / "lamp")
    board.serve()
    assert registry.rotate("lamp") == WAITS  # the new one is attached
    registry.folder = there
    with pytest.raises(ProvisionError, match="a certificate that is not the one of this folder"):
        registry.rotate("lamp")
    registry.folder = here
    assert len(registry.all_certificates()) == 2
    board.serve()
    assert registry.rotate("lamp") == ROTATED
