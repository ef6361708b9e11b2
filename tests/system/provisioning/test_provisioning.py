"""Devices at an emulator: what there is of each, however often the tool was ended before."""

import json
import stat

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from made_devices import CA, EndedError
from provisioning.errors import ProvisionError

GROUP = {"attributes": {"room": "hall"}, "groups": ("lamps",)}


def ended_at(registry, step, after, do):
    """End `do` there; whether it got so far."""
    registry.end_at(step, after)
    try:
        do()
    except EndedError:
        return True
    finally:
        registry.never_end()
    return False


def is_whole(registry, thing):
    """The device is there once, and its files belong together."""
    folder = registry.of(thing).path
    record = json.loads((folder / "provisioned.json").read_text())
    arn = record["certificateArn"]
    assert registry.principals(thing) == [arn]
    policies = registry.iot.list_attached_policies(target=arn)["policies"]
    assert [policy["policyName"] for policy in policies] == ["iotjobs-device"]
    found = registry.iot.list_thing_groups_for_thing(thingName=thing)["thingGroups"]
    assert [group["groupName"] for group in found] == ["lamps"]
    assert registry.iot.describe_thing(thingName=thing)["attributes"] == {"room": "hall"}
    certificate = x509.load_der_x509_certificate((folder / "device.der").read_bytes())
    key = serialization.load_der_private_key((folder / "key.der").read_bytes(), None)
    assert certificate.public_key() == key.public_key()
    described = registry.iot.describe_certificate(certificateId=arn.rpartition("/")[2])
    pem = described["certificateDescription"]["certificatePem"]
    assert x509.load_pem_x509_certificate(pem.encode()) == certificate
    assert (folder / "ca.der").read_bytes() == CA
    settings = json.loads((folder / "settings.json").read_text())
    assert settings == {"thing": thing, "endpoint": "localhost"}
    assert not list(folder.glob("*.new"))
    return arn


def test_wherever_it_is_ended_the_next_run_makes_the_device_once(registry):
    registry.iot.create_thing_group(thingGroupName="lamps")
    made = []
    for after in (False, True):
        step = 1
        while ended_at(
            registry, step, after, lambda thing=f"t{step}-{after}": registry.make(thing, **GROUP)
        ):
            thing = f"t{step}-{after}"
            registry.make(thing, **GROUP)
            made.append(is_whole(registry, thing))
            step += 1
        assert step > 15  # calls and writes
        made.append(is_whole(registry, f"t{step}-{after}"))
    assert sorted(registry.all_certificates()) == sorted(made)
    versions = registry.iot.list_policy_versions(policyName="iotjobs-device")["policyVersions"]
    assert len(versions) == 1


def test_wherever_it_is_ended_the_next_run_takes_all_back(registry):
    registry.iot.create_thing_group(thingGroupName="lamps")
    for after in (False, True):
        step, goes_on = 1, True
        while goes_on:
            thing = f"t{step}-{after}"
            registry.make(thing, https=True, **GROUP)
            goes_on = ended_at(registry, step, after, lambda thing=thing: registry.remove(thing))
            registry.remove(thing)
            assert not registry.of(thing).path.exists()
            with pytest.raises(registry.iot.exceptions.ResourceNotFoundException):
                registry.iot.describe_thing(thingName=thing)
            step += 1
        assert step > 8
    assert registry.all_certificates() == []
    policies = registry.iot.list_policies()["policies"]
    assert [policy["policyName"] for policy in policies] == ["iotjobs-device"]


def test_a_certificate_whose_answer_was_lost_is_taken_back_too(registry):
    step, lost = 1, False
    while not lost:
        assert ended_at(registry, step, True, lambda step=step: registry.make(f"lamp-{step}"))
        record = registry.of(f"lamp-{step}").read()
        lost = len(registry.all_certificates()) > 0
        step += 1
    assert "asked" in record and "certificateArn" not in record
    assert registry.remove(f"lamp-{step - 1}") == "iotjobs-device"
    assert registry.all_certificates() == []


def test_what_is_done_costs_no_call_and_changes_nothing(registry):
    assert registry.make("lamp", again=False)
    before = {path.name: path.read_bytes() for path in registry.of("lamp").path.iterdir()}
    registry.never_end()
    assert not registry.make("lamp")
    assert registry.steps == 0
    assert registry.make("lamp", again=True)
    after = {path.name: path.read_bytes() for path in registry.of("lamp").path.iterdir()}
    assert after == before
    assert len(registry.all_certificates()) == 1


def test_what_is_not_given_stays_as_it_was(registry, run, capsys):
    registry.iot.create_thing_group(thingGroupName="lamps")
    given = ("--attribute", "room=hall", "--group", "lamps", "--policy", "mine", "--https")
    assert run("lamp", *given) == 0
    before = registry.of("lamp").read()
    registry.never_end()
    assert run("lamp") == 0
    assert "1 there already" in capsys.readouterr().out
    arn = before["certificateArn"]
    registry.iot.detach_policy(policyName="mine", target=arn)
    registry.iot.detach_thing_principal(thingName="lamp", principal=arn)
    registry.iot.delete_thing(thingName="lamp")
    assert run("lamp", "--again") == 0
    assert registry.of("lamp").read() == before
    assert registry.iot.describe_thing(thingName="lamp")["attributes"] == {"room": "hall"}
    groups = registry.iot.list_thing_groups_for_thing(thingName="lamp")["thingGroups"]
    assert [group["groupName"] for group in groups] == ["lamps"]
    found = registry.iot.list_attached_policies(target=arn)["policies"]
    assert {policy["policyName"] for policy in found} == {"mine", "mine-lamp"}


def test_attributes_that_somebody_has_changed_hinder_only_who_says_others(registry, run, capsys):
    assert run("lamp", "--attribute", "room=hall") == 0
    attributes = {"attributes": {"room": "attic"}}
    registry.iot.update_thing(thingName="lamp", attributePayload=attributes)
    assert run("lamp", "--again") == 0
    assert run("lamp", "--again", "--attribute", "room=hall") == 1
    assert "or give those that it has, or none" in capsys.readouterr().err
    assert run("lamp", "--again", "--attribute", "room=attic") == 0


def test_keys_are_for_their_owners_eyes(registry):
    registry.make("lamp")
    folder = registry.of("lamp").path
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (folder, *folder.iterdir())}
    assert modes.pop("lamp") == 0o700
    assert set(modes.values()) == {0o600}


def test_https_has_a_policy_of_its_own_that_goes_with_the_device(registry):
    registry.make("lamp", https=True)
    arn = registry.of("lamp").read()["certificateArn"]
    policies = registry.iot.list_attached_policies(target=arn)["policies"]
    assert [policy["policyName"] for policy in policies] == [
        "iotjobs-device",
        "iotjobs-device-lamp",
    ]
    document = registry.iot.get_policy(policyName="iotjobs-device-lamp")["policyDocument"]
    (statement,) = json.loads(document)["Statement"]
    assert statement["Resource"] == "arn:aws:iot:eu-west-1:123456789012:thing/lamp"


def test_another_devices_thing_is_left_alone(registry):
    registry.make("lamp")
    registry.of("lamp").path.rename(registry.folder / "moved")
    with pytest.raises(ProvisionError, match="a certificate that is not the one of this folder"):
        registry.make("lamp")
    assert len(registry.all_certificates()) == 1


def test_what_does_not_fit_what_is_there_is_said(registry):
    registry.make("lamp")
    with pytest.raises(ProvisionError, match="there is no thing group lamps: `aws iot create-"):
        registry.make("lamp", groups=("lamps",))
    with pytest.raises(ProvisionError, match="with other attributes or another type"):
        registry.make("lamp", attributes={"room": "hall"})
    arn = registry.of("lamp").read()["certificateArn"]
    status = {"certificateId": arn.rpartition("/")[2], "newStatus": "INACTIVE"}
    registry.iot.update_certificate(**status)
    with pytest.raises(ProvisionError, match="is INACTIVE: somebody has taken it out of use"):
        registry.make("lamp", again=True)
    (registry.of("lamp").path / "key.der").unlink()
    with pytest.raises(ProvisionError, match=r"key\.der is gone, and nobody can make it again"):
        registry.make("lamp", again=True)


def test_a_policy_of_that_name_that_says_something_else_is_left_alone(registry):
    everything = {"Effect": "Allow", "Action": "iot:*", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [everything]})
    registry.iot.create_policy(policyName="iotjobs-device", policyDocument=document)
    with pytest.raises(ProvisionError, match="choose another name by --policy"):
        registry.make("lamp")


def test_somebodys_own_files_are_not_written_over(registry):
    folder = registry.of("lamp").path
    folder.mkdir()
    (folder / "key.der").write_bytes(b"mine")
    with pytest.raises(ProvisionError, match="tools/provision has not written it"):
        registry.make("lamp")
    assert (folder / "key.der").read_bytes() == b"mine"
    assert registry.all_certificates() == []
