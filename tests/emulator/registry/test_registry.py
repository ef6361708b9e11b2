"""Things, certificates and attachments."""

import base64
import re

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from iotjobs_emulator.errors import ServiceError
from jobs_world import START
from registry_bench import ARN, INVALID, NOT_FOUND, UNKNOWN_ID, Bench, csr_of, refusals


def attributes(**values: str) -> dict:
    return {"attributes": values}


def test_a_thing_is_created_and_described(bench):
    made = bench("CreateThing", thingName="a:b", attributePayload=attributes(k="v"))
    assert made["thingArn"] == ARN + "thing/a:b"
    assert re.fullmatch(r"[0-9a-f-]{36}", made["thingId"])
    names = {"thingName": "a:b", "thingId": made["thingId"], "thingArn": made["thingArn"]}
    described = {**names, "defaultClientId": "a:b", "attributes": {"k": "v"}, "version": 1}
    assert bench("DescribeThing", thingName="a:b") == described
    assert bench.registry.thing_exists("a:b")
    assert not bench.registry.thing_exists("A:B")


def test_creating_the_same_thing_again_is_no_error_a_different_one_is(bench):
    first = bench("CreateThing", thingName="t", attributePayload=attributes(k="v"))
    assert bench("CreateThing", thingName="t", attributePayload=attributes(k="v")) == first
    with pytest.raises(ServiceError) as caught:
        bench("CreateThing", thingName="t")
    assert caught.value.code == "ResourceAlreadyExistsException"
    taken = {"resourceId": first["thingId"], "resourceArn": first["thingArn"]}
    assert caught.value.members == taken
    assert bench("DescribeThing", thingName="t")["attributes"] == {"k": "v"}


T, NOBODY = {"thingName": "t"}, {"thingName": "nobody"}
UNKNOWN, STRANGER = {"certificateId": UNKNOWN_ID}, {"principal": f"{ARN}cert/{UNKNOWN_ID}"}
CONFLICT, FOUND = "VersionConflictException", "version 9 of thing t, found 1"
FOUR = attributes(a="1", b="1", c="1", d="1")


def marker(text: str) -> dict:
    return {"marker": base64.b64encode(text.encode()).decode()}


@refusals(
    # What a thing cannot have, and another version of it.
    (INVALID, "thingTypeName", "CreateThing", T | {"thingTypeName": "x"}),
    (INVALID, "billingGroupName", "CreateThing", T | {"billingGroupName": "x"}),
    (INVALID, "merge", "CreateThing", T | {"attributePayload": {"merge": True}}),
    (INVALID, "attribute k", "CreateThing", T | {"attributePayload": attributes(k="")}),
    (INVALID, "at most 3", "CreateThing", T | {"attributePayload": FOUR}),
    (INVALID, "thingTypeName", "UpdateThing", T | {"thingTypeName": "x"}),
    (INVALID, "removeThingType", "UpdateThing", T | {"removeThingType": True}),
    (INVALID, "at most 3", "UpdateThing", T | {"attributePayload": FOUR}),
    (CONFLICT, FOUND, "UpdateThing", T | {"expectedVersion": 9}),
    (CONFLICT, FOUND, "DeleteThing", T | {"expectedVersion": 9}),
    # An unknown thing, and an unknown certificate.
    (NOT_FOUND, "nobody", "DescribeThing", NOBODY),
    (NOT_FOUND, "nobody", "UpdateThing", NOBODY),
    (NOT_FOUND, "nobody", "ListThingPrincipals", NOBODY),
    (NOT_FOUND, "nobody", "AttachThingPrincipal", NOBODY | STRANGER),
    (NOT_FOUND, "nobody", "DetachThingPrincipal", NOBODY | STRANGER),
    (NOT_FOUND, UNKNOWN_ID, "DescribeCertificate", UNKNOWN),
    (NOT_FOUND, UNKNOWN_ID, "UpdateCertificate", UNKNOWN | {"newStatus": "ACTIVE"}),
    (NOT_FOUND, UNKNOWN_ID, "DeleteCertificate", UNKNOWN),
    (NOT_FOUND, UNKNOWN_ID, "ListPrincipalThings", STRANGER),
    (NOT_FOUND, UNKNOWN_ID, "AttachThingPrincipal", T | STRANGER),
    (NOT_FOUND, UNKNOWN_ID, "DetachThingPrincipal", T | STRANGER),
    # A token that no page gave.
    (INVALID, "'?' is no token", "ListThings", {"nextToken": "?"}),
    (INVALID, "'/w==' is no token", "ListThings", {"nextToken": "/w=="}),
    (INVALID, "'A' is no token", "ListCertificates", {"marker": "A"}),
    (INVALID, "'YR==' is no token", "ListThings", {"nextToken": "YR=="}),  # "YQ==" spelt otherwise
    *((INVALID, "marker", "ListCertificates", marker(key)) for key in ("x", "9" * 30, "٣", "07")),
    # A filter, endpoint or principal that is none here.
    (INVALID, "attributeName", "ListThings", {"attributeName": "x"}),
    (INVALID, "attributeValue", "ListThings", {"attributeValue": "x"}),
    (INVALID, "thingTypeName", "ListThings", {"thingTypeName": "x"}),
    (INVALID, "usePrefixAttributeValue", "ListThings", {"usePrefixAttributeValue": True}),
    (INVALID, "iot:Jobbs", "DescribeEndpoint", {"endpointType": "iot:Jobbs"}),
    *(
        (INVALID, principal, "ListPrincipalThings", {"principal": principal})
        for principal in (
            "eu-west-1:0f0f0f0f",
            UNKNOWN_ID,
            f"arn:aws:iot:us-east-1:123456789012:cert/{UNKNOWN_ID}",
            f"arn:aws:iot:eu-west-1:999999999999:cert/{UNKNOWN_ID}",
        )
    ),
    # A CSR that is none, and a status that only the service sets.
    (INVALID, "no PEM CSR", "CreateCertificateFromCsr", {"certificateSigningRequest": "x"}),
    *(
        (INVALID, status, "UpdateCertificate", UNKNOWN | {"newStatus": status})
        for status in ("PENDING_TRANSFER", "PENDING_ACTIVATION", "REGISTER_INACTIVE")
    ),
)
def test_what_cannot_be_is_refused_by_name_and_changes_nothing(
    bench, code, named, operation, params
):
    bench("CreateThing", thingName="t")
    bench.refuses(code, named, operation, **params)
    assert bench("DescribeThing", thingName="t")["version"] == 1
    assert bench("ListCertificates")["certificates"] == []


@pytest.mark.parametrize(
    ("payload", "after"),
    [
        ({"attributes": {"b": "2"}}, {"b": "2"}),
        ({"attributes": {"b": "2"}, "merge": True}, {"a": "1", "b": "2"}),
        ({"attributes": {"a": ""}, "merge": True}, {}),
        ({"attributes": {"a": "", "b": "2"}}, {"b": "2"}),
        ({"attributes": {}}, {}),
        ({"merge": True}, {"a": "1"}),
        ({}, {"a": "1"}),
    ],
)
def test_attributes_are_replaced_merged_or_removed(bench, payload, after):
    bench("CreateThing", thingName="t", attributePayload=attributes(a="1"))
    bench("UpdateThing", thingName="t", attributePayload=payload, expectedVersion=1)
    described = bench("DescribeThing", thingName="t")
    assert (described["attributes"], described["version"]) == (after, 2)


def test_a_thing_is_deleted_and_deleting_it_again_is_no_error(bench):
    gone = []
    bench.registry.on_thing_deleted(gone.append)
    bench("CreateThing", thingName="t")
    assert bench("DeleteThing", thingName="t", expectedVersion=1) == {}
    assert not bench.registry.thing_exists("t")
    assert bench("DeleteThing", thingName="t") == {}
    assert gone == ["t"]


def test_a_thing_stays_if_who_is_told_of_its_deletion_fails(bench):
    def fail(name):
        raise RuntimeError("no")

    bench.registry.on_thing_deleted(fail)
    bench("CreateThing", thingName="t")
    with pytest.raises(RuntimeError):
        bench("DeleteThing", thingName="t")
    assert bench.registry.thing_exists("t")


def test_a_thing_with_a_certificate_is_not_deleted(bench):
    bench("CreateThing", thingName="t")
    _, arn, _ = bench.certificate()
    bench("AttachThingPrincipal", thingName="t", principal=arn)
    bench.refuses(INVALID, "t is still attached", "DeleteThing", thingName="t")
    bench("DetachThingPrincipal", thingName="t", principal=arn)
    bench("DeleteThing", thingName="t")
    assert not bench.registry.thing_exists("t")


@pytest.mark.parametrize(("size", "lengths"), [(1, [1] * 5), (2, [2, 2, 1]), (5, [5]), (250, [5])])
def test_things_are_listed_by_name_in_pages(bench, size, lengths):
    for name in ("d", "b", "e", "a", "c"):
        bench("CreateThing", thingName=name)
    found = bench.pages("ListThings", maxResults=size)
    assert [len(page) for page in found] == lengths
    assert [thing["thingName"] for page in found for thing in page] == list("abcde")
    first = {"thingName": "a", "thingArn": ARN + "thing/a", "attributes": {}, "version": 1}
    assert found[0][0] == first


@pytest.mark.parametrize(("ascending", "order"), [(False, [2, 1, 0]), (True, [0, 1, 2])])
def test_certificates_are_listed_newest_first_unless_asked_otherwise(bench, ascending, order):
    ids = [bench.certificate()[0] for _ in range(3)]
    found = bench.pages("ListCertificates", pageSize=2, ascendingOrder=ascending)
    assert [len(page) for page in found] == [2, 1]
    listed = [certificate["certificateId"] for page in found for certificate in page]
    assert listed == [ids[number] for number in order]


def test_a_certificate_is_described(bench):
    made = bench("CreateKeysAndCertificate", setAsActive=True)
    assert re.fullmatch(r"[0-9a-f]{64}", made["certificateId"])
    assert made["certificateArn"] == f"{ARN}cert/{made['certificateId']}"
    certificate = x509.load_pem_x509_certificate(made["certificatePem"].encode())
    assert certificate.fingerprint(hashes.SHA256()).hex() == made["certificateId"]
    bench.clock.advance(60)
    bench("UpdateCertificate", certificateId=made["certificateId"].upper(), newStatus="INACTIVE")
    answer = bench("DescribeCertificate", certificateId=made["certificateId"])
    description = answer["certificateDescription"]
    assert re.fullmatch(r"[0-9a-f-]{36}", description.pop("generationId"))
    assert description == {
        "certificateArn": made["certificateArn"],
        "certificateId": made["certificateId"],
        "certificatePem": made["certificatePem"],
        "status": "INACTIVE",
        "certificateMode": "DEFAULT",
        "creationDate": START,
        "lastModifiedDate": START + 60,
        "customerVersion": 2,
        "ownedBy": "123456789012",
        "validity": {"notBefore": 946_684_800, "notAfter": 2_524_607_999},
    }


@pytest.mark.parametrize(("active", "status"), [(True, "ACTIVE"), (False, "INACTIVE")])
def test_a_csr_becomes_a_certificate(bench, active, status):
    key = ec.generate_private_key(ec.SECP256R1())
    csr = {"certificateSigningRequest": csr_of(key), "setAsActive": active}
    made = bench("CreateCertificateFromCsr", **csr)
    assert "keyPair" not in made
    certificate = x509.load_pem_x509_certificate(made["certificatePem"].encode())
    assert certificate.public_key() == key.public_key()
    described = bench("DescribeCertificate", certificateId=made["certificateId"])
    assert described["certificateDescription"]["status"] == status


def test_setting_the_same_status_again_changes_nothing(bench):
    identifier, _, _ = bench.certificate()
    bench.clock.advance(60)
    bench("UpdateCertificate", certificateId=identifier, newStatus="ACTIVE")
    described = bench("DescribeCertificate", certificateId=identifier)["certificateDescription"]
    assert (described["customerVersion"], described["lastModifiedDate"]) == (1, START)


def test_a_revoked_certificate_stays_revoked(bench):
    identifier, _, _ = bench.certificate()
    bench("UpdateCertificate", certificateId=identifier, newStatus="REVOKED")
    bench("UpdateCertificate", certificateId=identifier, newStatus="REVOKED")
    for status in ("ACTIVE", "INACTIVE"):
        update = {"certificateId": identifier, "newStatus": status}
        bench.refuses("CertificateStateException", identifier, "UpdateCertificate", **update)
    bench("DeleteCertificate", certificateId=identifier)


@pytest.mark.parametrize("force", [False, True])
def test_a_certificate_is_deleted_only_when_inactive_and_detached(bench, force):
    bench("CreateThing", thingName="t")
    identifier, arn, _ = bench.certificate()
    bench("AttachThingPrincipal", thingName="t", principal=arn)
    delete = {"certificateId": identifier, "forceDelete": force}
    bench.refuses("CertificateStateException", identifier, "DeleteCertificate", **delete)
    bench("UpdateCertificate", certificateId=identifier, newStatus="INACTIVE")
    bench.refuses("DeleteConflictException", "thing t", "DeleteCertificate", **delete)
    bench("DetachThingPrincipal", thingName="t", principal=arn)
    bench("DeleteCertificate", **delete)
    assert bench.fails("DescribeCertificate", certificateId=identifier)[0] == NOT_FOUND


def test_a_certificate_is_attached_to_one_thing_which_may_have_several(bench):
    for name in ("t", "u"):
        bench("CreateThing", thingName=name)
    arns = sorted(bench.certificate()[1] for _ in range(3))
    for arn in (*arns, arns[0]):
        bench("AttachThingPrincipal", thingName="t", principal=arn)
    found = bench.pages("ListThingPrincipals", thingName="t", maxResults=2)
    assert found == [arns[:2], arns[2:]]
    assert bench("ListPrincipalThings", principal=arns[0])["things"] == ["t"]
    bench.refuses(INVALID, "thing t", "AttachThingPrincipal", thingName="u", principal=arns[0])
    bench("DetachThingPrincipal", thingName="t", principal=arns[0])
    assert bench("ListPrincipalThings", principal=arns[0])["things"] == []
    failed = bench.fails("DetachThingPrincipal", thingName="t", principal=arns[0])
    assert failed[0] == INVALID
    bench("AttachThingPrincipal", thingName="u", principal=arns[0])
    assert bench("ListThingPrincipals", thingName="u")["principals"] == [arns[0]]


@pytest.mark.parametrize(
    ("kind", "shown"), [(None, True), ("NON_EXCLUSIVE_THING", True), ("EXCLUSIVE_THING", False)]
)
def test_the_second_lists_of_attachments_tell_their_kind(bench, kind, shown):
    bench("CreateThing", thingName="t")
    arns = sorted(bench.certificate()[1] for _ in range(3))
    for arn in arns:
        bench("AttachThingPrincipal", thingName="t", principal=arn)
    asked = {} if kind is None else {"thingPrincipalType": kind}
    found = bench.pages("ListThingPrincipalsV2", thingName="t", maxResults=2, **asked)
    listed = [attachment for page in found for attachment in page]
    common = {"thingPrincipalType": "NON_EXCLUSIVE_THING"}
    assert listed == ([{"principal": arn, **common} for arn in arns] if shown else [])
    [page] = bench.pages("ListPrincipalThingsV2", principal=arns[0], **asked)
    assert page == ([{"thingName": "t", **common}] if shown else [])
    bench.refuses(NOT_FOUND, "nobody", "ListThingPrincipalsV2", thingName="nobody")
    bench.refuses(NOT_FOUND, UNKNOWN_ID, "ListPrincipalThingsV2", **STRANGER)


@pytest.mark.parametrize("operation", ["ListPrincipalThings", "ListPrincipalThingsV2"])
def test_the_list_of_one_thing_takes_no_token(bench, operation):
    _, arn, _ = bench.certificate()
    bench.refuses(INVALID, "'eA==' is no token", operation, principal=arn, nextToken="eA==")


def test_an_exclusive_attachment_is_refused_by_name(bench):
    bench("CreateThing", thingName="t")
    _, arn, _ = bench.certificate()
    attach = {"thingName": "t", "principal": arn}
    exclusive = {**attach, "thingPrincipalType": "EXCLUSIVE_THING"}
    bench.refuses(INVALID, "EXCLUSIVE_THING", "AttachThingPrincipal", **exclusive)
    bench("AttachThingPrincipal", **attach, thingPrincipalType="NON_EXCLUSIVE_THING")


def test_a_device_is_the_thing_of_its_active_attached_certificate(bench):
    bench("CreateThing", thingName="t")
    identifier, arn, der = bench.certificate(active=False)
    assert bench.thing_of(der) is None
    bench("AttachThingPrincipal", thingName="t", principal=arn)
    assert bench.thing_of(der) is None
    for status, thing in (("ACTIVE", "t"), ("REVOKED", None)):
        bench("UpdateCertificate", certificateId=identifier, newStatus=status)
        assert bench.thing_of(der) == thing


def test_a_certificate_that_the_registry_did_not_register_is_no_device(bench):
    stray, _ = bench.authority.issue_device()
    assert bench.thing_of(stray.public_bytes(serialization.Encoding.DER)) is None
    assert bench.thing_of(b"") is None


@pytest.mark.parametrize(
    "kind", [None, "iot:Data-ATS", "iot:Data", "iot:Jobs", "iot:CredentialProvider"]
)
def test_every_endpoint_is_the_host_of_the_emulator(bench, kind):
    params = {"endpointType": kind} if kind else {}
    assert bench("DescribeEndpoint", **params) == {"endpointAddress": "bench.local"}


def test_the_registry_outlives_its_process(tmp_path):
    first = Bench(str(tmp_path / "state.db"))
    first("CreateThing", thingName="t", attributePayload=attributes(k="v"))
    _, arn, der = first.certificate()
    first("AttachThingPrincipal", thingName="t", principal=arn)
    second = first.restarted()
    assert second("DescribeThing", thingName="t")["attributes"] == {"k": "v"}
    assert second.thing_of(der) == "t"
