"""A device is in one account and region: where its certificate was asked for. Nothing is done for
it in another one.
"""

import json

import pytest
from made_devices import EndedError
from provisioning.errors import ProvisionError, RefusedError
from provisioning.rotating import ROTATED, WAITS
from rotated_board import RotatedBoard

POLICY = "iotjobs-device"
NOT_HERE = (
    "made where the endpoint is {}, and here it is {}: nothing is changed. Choose the account"
)


def is_refused(action, said):
    with pytest.raises(ProvisionError) as error:
        action("lamp")
    assert said in str(error.value)


def without_endpoint(registry):
    record = registry.of("lamp").read()
    record.get("done", record).pop("endpoint")
    record.pop("policies", None)
    registry.of("lamp").write(**record)


def cut_off(registry, action):
    registry.end_after("CreateCertificateFromCsr")
    with pytest.raises(EndedError):
        action("lamp")
    registry.never_end()


def test_one_that_was_begun_is_where_its_certificate_was_asked_for(registry, elsewhere):
    statement = {"Effect": "Deny", "Action": "*", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": statement})
    registry.iot.create_policy(policyName=POLICY, policyDocument=document)
    with pytest.raises(RefusedError, match="says something else"):
        registry.make("lamp")
    cut_off(elsewhere, elsewhere.make)
    said = NOT_HERE.format(elsewhere.endpoint, registry.endpoint)
    for action in (registry.make, registry.remove):
        is_refused(action, said)
    assert elsewhere.make("lamp")
    for action in (registry.make, registry.remove, registry.rotate):
        is_refused(action, said)
    assert elsewhere.principals("lamp") == elsewhere.all_certificates()
    assert registry.all_certificates() == []
    assert elsewhere.remove("lamp") == POLICY
    assert elsewhere.all_certificates() == []


def test_however_far_a_rotation_is_it_goes_on_only_where_it_was_begun(
    registry, elsewhere, tmp_path
):
    registry.make("lamp", https=True)
    board = RotatedBoard(registry.emulator, "lamp", registry.of("lamp"), tmp_path)
    said = NOT_HERE.format(registry.endpoint, elsewhere.endpoint)
    for outcome in (WAITS, WAITS, ROTATED):
        for action in (elsewhere.make, elsewhere.remove, elsewhere.rotate):
            is_refused(action, said)
        assert registry.rotate("lamp") == outcome
        board.serve()
    assert elsewhere.all_certificates() == []
    assert elsewhere.iot.list_things()["things"] == []
    assert registry.principals("lamp") == registry.all_certificates()


@pytest.mark.parametrize("is_done", [True, False], ids=["done", "asked for"])
def test_one_whose_record_does_not_say_where_is_where_its_certificate_is(
    registry, elsewhere, is_done
):
    if is_done:
        registry.make("lamp")
    else:
        cut_off(registry, registry.make)
    without_endpoint(registry)
    for action in (elsewhere.make, elsewhere.remove):
        is_refused(action, "its certificate is not here: nothing is changed")
    assert registry.of("lamp").has_key()
    assert registry.make("lamp")
    assert len(registry.all_certificates()) == 1
    without_endpoint(registry)
    is_refused(elsewhere.remove, "its certificate is not here: nothing is changed")
    assert registry.remove("lamp") == POLICY
    assert registry.all_certificates() == []


def test_a_rotation_whose_record_does_not_say_where_goes_on_where_its_certificates_are(
    registry, elsewhere, tmp_path
):
    registry.make("lamp", https=True)
    board = RotatedBoard(registry.emulator, "lamp", registry.of("lamp"), tmp_path)
    without_endpoint(registry)
    for outcome in (WAITS, WAITS):
        is_refused(elsewhere.rotate, "its certificate is not here: nothing is changed")
        assert registry.rotate("lamp") == outcome
        board.serve()
    registry.end_after("DeleteCertificate")  # the old one is gone, and the record has it
    with pytest.raises(EndedError):
        registry.rotate("lamp")
    registry.never_end()
    is_refused(elsewhere.rotate, "its certificate is not here: nothing is changed")
    assert registry.rotate("lamp") == ROTATED
    assert elsewhere.all_certificates() == []
