"""What goes with the devices when they are taken back, and what stays, and why."""

import pytest
from made_devices import EndedError
from provisioning import account, session
from provisioning import record as records
from provisioning.policies import Policies
from rotated_board import RotatedBoard

POLICY = "iotjobs-device"


def interrupted(policies, name):
    raise KeyboardInterrupt


def policies(registry):
    return {each["policyName"] for each in registry.iot.list_policies()["policies"]}


def test_a_policy_that_an_earlier_run_has_left_goes_with_the_next_one(
    registry, run, monkeypatch, capsys
):
    assert run("lamp") == 0

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Policies, "remove", interrupted)
        run("lamp", "--remove")
    assert policies(registry) == {POLICY}
    assert {path.name for path in registry.of("lamp").path.iterdir()} == {records.FILE}
    assert run("lamp", "--remove") == 0
    assert policies(registry) == set()
    deleted, summary = capsys.readouterr().out.splitlines()[-2:]
    assert deleted == f"provision: the policy {POLICY} is deleted too: nobody has it any more"
    assert summary.startswith("provision: 1 devices: 1 taken back, in ")
    assert run("lamp", "--remove") == 0
    assert "policy" not in capsys.readouterr().out


def test_a_device_that_was_taken_back_but_for_its_policy_is_made_anew(registry, run):
    assert run("lamp", "--policy", "mine") == 0
    with pytest.MonkeyPatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Policies, "remove", interrupted)
        run("lamp", "--remove")
    assert run("lamp") == 0
    assert registry.of("lamp").read()["done"]["policies"] == [POLICY]
    assert len(registry.all_certificates()) == 1
    assert run("lamp", "--remove") == 0
    assert policies(registry) == {"mine"}


def test_a_policy_goes_for_no_name_that_is_not_known_and_for_no_device_that_has_none(
    registry, run, capsys
):
    assert run("lamp") == 0
    document = registry.iot.get_policy(policyName=POLICY)["policyDocument"]
    assert run("lamp", "--remove") == 0
    registry.iot.create_policy(policyName=POLICY, policyDocument=document)
    registry.iot.create_thing(thingName="shade")
    registry.of("shade").write()  # begun only
    capsys.readouterr()
    assert run("lampp", "shade", "--remove") == 0
    assert policies(registry) == {POLICY}
    assert registry.iot.describe_thing(thingName="shade")
    assert not registry.of("shade").path.exists()
    assert "policy" not in capsys.readouterr().out


def test_a_policy_that_stays_is_named_with_the_reason(registry, run, capsys):
    assert run("lamp", "shade", "blind") == 0
    assert run("lamp", "--remove") == 0
    said = capsys.readouterr().out
    assert f"provision: the policy {POLICY} stays: others have it\n" in said
    document = registry.iot.get_policy(policyName=POLICY)["policyDocument"]
    for thing, text, why in (
        ("shade", document.replace("Allow", "Deny"), "stays: it says something else than what"),
        ("blind", document, "stays: The policy"),  # which has two versions and more
    ):
        registry.iot.create_policy_version(
            policyName=POLICY, policyDocument=text, setAsDefault=True
        )
        assert run(thing, "--remove") == 0
        assert f"provision: the policy {POLICY} {why}" in capsys.readouterr().out
    assert policies(registry) == {POLICY}


def test_the_policies_that_a_device_was_given_go_without_being_named(registry, run):
    assert run("lamp", "--policy", "mine", "--https") == 0
    assert policies(registry) == {"mine", "mine-lamp"}
    assert run("lamp", "--remove") == 0
    assert policies(registry) == set()


@pytest.mark.parametrize("is_done", [True, False], ids=["done", "begun"])
def test_in_another_account_or_region_nothing_goes(registry, run, monkeypatch, capsys, is_done):
    assert run("lamp") == 0
    if not is_done:
        record = registry.of("lamp").read()
        del record["done"]
        registry.of("lamp").write(**record, endpoint="localhost")
    with monkeypatch.context() as patch:
        patch.setattr(session, "_endpoint", lambda _: "b-ats.iot.us-east-1.amazonaws.com")
        patch.setattr(Policies, "remove", lambda *_: pytest.fail("it is tried"))
        assert run("lamp", "--remove") == 1
    said = capsys.readouterr().err
    assert "made where the endpoint is localhost, and here it is b-ats.iot.us-east-1." in said
    assert len(registry.all_certificates()) == 1
    assert registry.of("lamp").has_key()
    assert run("lamp", "--remove") == 0


def test_a_device_that_was_only_begun_knows_where(registry):
    registry.end_after("CreateCertificateFromCsr")
    with pytest.raises(EndedError):
        registry.make("lamp")
    assert set(registry.of("lamp").read()) == {"thing", "endpoint", "policies", "asked"}


def test_what_is_called_is_what_a_policy_of_iam_is_asked_for(registry, run, tmp_path):
    called = set()

    def note(model, **_):
        called.add(f"iot:{model.name}")

    def by(*arguments):
        called.clear()
        assert run(*arguments) == 0
        return set(called)

    registry.iot.create_thing_group(thingGroupName="lamps")
    registry.iot.meta.events.register("before-call.iot", note)
    making = by("lamp", "--https", "--group", "lamps")
    making |= by("lamp", "--again")
    board = RotatedBoard(registry.emulator, "lamp", registry.of("lamp"), tmp_path)
    rotating = set()
    for _ in range(3):
        rotating |= by("lamp", "--rotate")
        board.serve()
    removing = by("lamp", "--remove")
    registry.end_after("CreateCertificateFromCsr")  # of whose certificate nobody knows
    with pytest.raises(EndedError):
        registry.make("shade")
    registry.never_end()
    removing |= by("shade", "--remove")
    looks = {"iot:ListCertificates", "iot:DescribeCertificate"}  # after a lost answer
    assert making | looks == set(account.PERMISSIONS)
    assert rotating | looks == set(account.TO_ROTATE)
    assert removing == set(account.TO_REMOVE)
