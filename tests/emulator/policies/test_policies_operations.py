"""Policies in the registry: their versions, their targets, and whom they make a principal."""

import json
import re

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from iotjobs_emulator.errors import ServiceError
from jobs_world import START, group_arn
from registry_bench import ARN, INVALID, NOT_FOUND, UNKNOWN_ID, Bench, csr_of, der_of, refusals

DESCRIBE = "iotjobsdata:DescribeJobExecution"
CONFLICT = "DeleteConflictException"


def document(action="iot:*", resource="*", effect="Allow"):
    statement = {"Effect": effect, "Action": action, "Resource": resource}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def policy(bench, *names, **statement):
    for name in names:
        bench("CreatePolicy", policyName=name, policyDocument=document(**statement))


def permit(bench, target, **statement):
    """The policy p with this statement, attached to the target."""
    policy(bench, "p", **statement)
    bench("AttachPolicy", policyName="p", target=target)


def device(bench, thing="t"):
    """A thing with an active certificate: the certificate's id, ARN and DER."""
    bench("CreateThing", thingName=thing)
    made = bench.certificate()
    bench("AttachThingPrincipal", thingName=thing, principal=made[1])
    return made


def attached(bench, target, **params):
    found = bench("ListAttachedPolicies", target=target, **params)["policies"]
    assert all(p["policyArn"] == f"{ARN}policy/{p['policyName']}" for p in found)
    return [p["policyName"] for p in found]


def test_a_policy_is_created_and_read(bench):
    made = bench("CreatePolicy", policyName="p", policyDocument=document())
    named = {"policyName": "p", "policyArn": f"{ARN}policy/p", "policyDocument": document()}
    assert made == {**named, "policyVersionId": "1"}
    read = bench("GetPolicy", policyName="p")
    generation = read.pop("generationId")
    assert re.fullmatch(r"[0-9a-f-]{36}", generation)
    dates = {"creationDate": START, "lastModifiedDate": START}
    assert read == {**named, **dates, "defaultVersionId": "1"}
    version = bench("GetPolicyVersion", policyName="p", policyVersionId="1")
    assert version == {**made, **dates, "isDefaultVersion": True, "generationId": generation}


def test_a_name_that_is_taken_is_refused_even_for_the_same_document(bench):
    policy(bench, "p")
    with pytest.raises(ServiceError) as caught:
        policy(bench, "p")
    assert caught.value.code == "ResourceAlreadyExistsException"
    assert caught.value.members["resourceArn"] == f"{ARN}policy/p"


@pytest.mark.parametrize(("ascending", "order"), [(False, "cab"), (True, "bac")])
def test_policies_are_listed_newest_first_unless_asked_otherwise(bench, ascending, order):
    policy(bench, "b", "a", "c")
    found = bench.pages("ListPolicies", pageSize=2, ascendingOrder=ascending)
    assert [len(page) for page in found] == [2, 1]
    assert "".join(p["policyName"] for page in found for p in page) == order


P, NOWHERE = {"policyName": "p"}, {"policyName": "nowhere"}


@refusals(
    (INVALID, "tags", "CreatePolicy", P | {"policyDocument": document(), "tags": [{"Key": "k"}]}),
    (NOT_FOUND, "nowhere", "GetPolicy", NOWHERE),
    (NOT_FOUND, "nowhere", "DeletePolicy", NOWHERE),
    (NOT_FOUND, "nowhere", "AttachPolicy", NOWHERE | {"target": group_arn("g")}),
    (NOT_FOUND, "nowhere", "ListTargetsForPolicy", NOWHERE),
    (NOT_FOUND, "nowhere", "ListPolicyVersions", NOWHERE),
    (NOT_FOUND, "nowhere", "CreatePolicyVersion", NOWHERE | {"policyDocument": document()}),
    (NOT_FOUND, "nowhere", "GetPolicyVersion", NOWHERE | {"policyVersionId": "1"}),
    (CONFLICT, "default", "DeletePolicyVersion", P | {"policyVersionId": "1"}),
    *(
        (NOT_FOUND, f"no version {version}", operation, P | {"policyVersionId": version})
        for operation in ("GetPolicyVersion", "SetDefaultPolicyVersion", "DeletePolicyVersion")
        for version in ("0", "2", "01", "9" * 30)
    ),
)
def test_what_cannot_be_is_refused_by_name_and_changes_nothing(
    bench, code, named, operation, params
):
    policy(bench, "p")
    bench.refuses(code, named, operation, **params)
    [version] = bench("ListPolicyVersions", policyName="p")["policyVersions"]
    assert (version["versionId"], version["isDefaultVersion"]) == ("1", True)


# --- versions


def test_a_new_version_counts_once_it_is_the_default(bench):
    policy(bench, "p", action="iot:Connect")
    bench.clock.advance(60)
    new = {"policyName": "p", "policyDocument": document("iot:Publish")}
    made = bench("CreatePolicyVersion", **new)
    assert made == {
        "policyArn": f"{ARN}policy/p",
        "policyDocument": document("iot:Publish"),
        "policyVersionId": "2",
        "isDefaultVersion": False,
    }
    assert bench("GetPolicy", policyName="p")["policyDocument"] == document("iot:Connect")
    bench("SetDefaultPolicyVersion", policyName="p", policyVersionId="2")
    read = bench("GetPolicy", policyName="p")
    assert (read["policyDocument"], read["defaultVersionId"]) == (document("iot:Publish"), "2")
    assert read["lastModifiedDate"] == START + 60
    made = bench("CreatePolicyVersion", **new, setAsDefault=True)
    assert (made["policyVersionId"], made["isDefaultVersion"]) == ("3", True)
    assert bench("ListPolicyVersions", policyName="p")["policyVersions"] == [
        {"versionId": "3", "isDefaultVersion": True, "createDate": START + 60},
        {"versionId": "2", "isDefaultVersion": False, "createDate": START + 60},
        {"versionId": "1", "isDefaultVersion": False, "createDate": START},
    ]


def test_a_policy_has_five_versions_and_their_numbers_do_not_come_again(bench):
    policy(bench, "p")
    new = {"policyName": "p", "policyDocument": document()}
    for _ in range(4):
        bench("CreatePolicyVersion", **new)
    bench.refuses("VersionsLimitExceededException", "5 versions", "CreatePolicyVersion", **new)
    bench("DeletePolicyVersion", policyName="p", policyVersionId="5")
    assert bench("CreatePolicyVersion", **new)["policyVersionId"] == "6"


def test_a_policy_is_deleted_when_it_has_one_version_and_no_target(bench):
    policy(bench, "p")
    _, arn, _ = bench.certificate()
    bench("CreatePolicyVersion", policyName="p", policyDocument=document())
    bench("AttachPolicy", policyName="p", target=arn)
    for named, then, params in (
        ("attached", "DetachPolicy", {"target": arn}),
        ("2 versions", "DeletePolicyVersion", {"policyVersionId": "2"}),
    ):
        bench.refuses(CONFLICT, named, "DeletePolicy", policyName="p")
        bench(then, policyName="p", **params)
    bench("DeletePolicy", policyName="p")
    assert bench("ListPolicies")["policies"] == []


# --- targets


def test_policies_are_attached_to_certificates_and_groups(bench):
    policy(bench, "q", "p")
    bench("CreateThingGroup", thingGroupName="g")
    identifier, arn, _ = bench.certificate()
    upper = arn.replace(identifier, identifier.upper())
    for name, target in (("q", arn), ("p", arn), ("q", group_arn("g")), ("q", upper)):
        assert bench("AttachPolicy", policyName=name, target=target) == {}
    assert attached(bench, arn) == ["p", "q"]
    assert attached(bench, group_arn("g")) == ["q"]
    assert bench("ListTargetsForPolicy", policyName="q")["targets"] == [arn, group_arn("g")]
    for _ in range(2):
        assert bench("DetachPolicy", policyName="q", target=upper) == {}
        assert attached(bench, arn) == ["p"]
    assert bench("ListTargetsForPolicy", policyName="q")["targets"] == [group_arn("g")]


def test_the_older_names_of_attach_and_detach_do_the_same(bench):
    policy(bench, "p")
    _, arn, _ = bench.certificate()
    bench("AttachPrincipalPolicy", policyName="p", principal=arn)
    assert attached(bench, arn) == ["p"]
    bench("DetachPrincipalPolicy", policyName="p", principal=arn)
    assert attached(bench, arn) == []


@pytest.mark.parametrize(("ascending", "order"), [(False, "bca"), (True, "acb")])
def test_the_older_lists_are_in_the_order_of_attachment(bench, ascending, order):
    policy(bench, *"abc")
    arns = {name: bench.certificate()[1] for name in "abc"}
    for name in "acb":
        bench("AttachPolicy", policyName=name, target=arns["a"])
        bench("AttachPolicy", policyName="a", target=arns[name])
    asked = {"pageSize": 2, "ascendingOrder": ascending}
    found = bench.pages("ListPrincipalPolicies", principal=arns["a"], **asked)
    assert [len(page) for page in found] == [2, 1]
    listed = [summary for page in found for summary in page]
    assert listed == [{"policyName": name, "policyArn": f"{ARN}policy/{name}"} for name in order]
    found = bench.pages("ListPolicyPrincipals", policyName="a", **asked)
    assert [len(page) for page in found] == [2, 1]
    assert [arn for page in found for arn in page] == [arns[name] for name in order]


def test_the_older_lists_know_groups_and_refuse_what_is_not_there(bench):
    bench.chain("g")
    policy(bench, "p")
    bench("AttachPolicy", policyName="p", target=group_arn("g"))
    assert bench("ListPolicyPrincipals", policyName="p")["principals"] == [group_arn("g")]
    [summary] = bench("ListPrincipalPolicies", principal=group_arn("g"))["policies"]
    assert summary["policyName"] == "p"
    bench.refuses(NOT_FOUND, "nothing", "ListPolicyPrincipals", policyName="nothing")
    stranger = {"principal": f"{ARN}cert/{UNKNOWN_ID}"}
    bench.refuses(NOT_FOUND, UNKNOWN_ID, "ListPrincipalPolicies", **stranger)
    bench.refuses(INVALID, "eu-west-1:0f", "ListPrincipalPolicies", principal="eu-west-1:0f")


def test_targets_and_attached_policies_are_listed_in_pages(bench):
    policy(bench, "c", "a", "b")
    arns = [bench.certificate()[1] for _ in range(3)]
    for arn in arns:
        bench("AttachPolicy", policyName="a", target=arn)
    for name in "cb":
        bench("AttachPolicy", policyName=name, target=arns[0])
    found = bench.pages("ListTargetsForPolicy", policyName="a", pageSize=2)
    assert found == [arns[:2], arns[2:]]
    found = bench.pages("ListAttachedPolicies", target=arns[0], pageSize=2)
    assert [[p["policyName"] for p in page] for page in found] == [["a", "b"], ["c"]]


def test_policies_of_the_groups_above_are_listed_if_asked_for(bench):
    policy(bench, "p", "q")
    bench.chain("top", "below")
    bench("AttachPolicy", policyName="p", target=group_arn("top"))
    for name in "pq":
        bench("AttachPolicy", policyName=name, target=group_arn("below"))
    assert attached(bench, group_arn("top"), recursive=True) == ["p"]
    assert attached(bench, group_arn("below")) == ["p", "q"]
    bench("DetachPolicy", policyName="p", target=group_arn("below"))
    assert attached(bench, group_arn("below")) == ["q"]
    assert attached(bench, group_arn("below"), recursive=True) == ["p", "q"]


@pytest.mark.parametrize(("kind", "limit"), [("certificate", 10), ("group", 2)])
def test_a_target_has_a_limited_number_of_policies(bench, kind, limit):
    bench("CreateThingGroup", thingGroupName="g")
    target = bench.certificate()[1] if kind == "certificate" else group_arn("g")
    names = [f"p{n}" for n in range(limit + 1)]
    policy(bench, *names)
    for name in names[:-1]:
        bench("AttachPolicy", policyName=name, target=target)
    bench("AttachPolicy", policyName=names[0], target=target)
    beyond = {"policyName": names[-1], "target": target}
    bench.refuses("LimitExceededException", f"limit is {limit}", "AttachPolicy", **beyond)


@pytest.mark.parametrize("operation", ["AttachPolicy", "ListAttachedPolicies"])
@pytest.mark.parametrize(
    ("target", "code"),
    [
        (f"{ARN}cert/{UNKNOWN_ID}", NOT_FOUND),
        (group_arn("nowhere"), NOT_FOUND),
        (f"{ARN}thing/t", INVALID),
        ("eu-west-1:0f0f0f0f", INVALID),
        (f"arn:aws:iot:us-east-1:123456789012:cert/{UNKNOWN_ID}", INVALID),
    ],
)
def test_a_target_is_a_certificate_or_a_group_of_this_registry(bench, operation, target, code):
    policy(bench, "p")
    params = {"policyName": "p"} if operation == "AttachPolicy" else {}
    assert bench.fails(operation, target=target, **params)[0] == code


def test_a_certificate_with_a_policy_is_deleted_only_by_force(bench):
    identifier, arn, _ = bench.certificate(active=False)
    permit(bench, arn)
    named = {"certificateId": identifier}
    bench.refuses(CONFLICT, "policy p is attached", "DeleteCertificate", **named)
    bench("DeleteCertificate", certificateId=identifier, forceDelete=True)
    assert bench("ListTargetsForPolicy", policyName="p")["targets"] == []


def test_a_deleted_group_takes_its_policies_from_no_one_else(bench):
    policy(bench, "p")
    _, arn, _ = bench.certificate()
    bench("CreateThingGroup", thingGroupName="g")
    for target in (arn, group_arn("g")):
        bench("AttachPolicy", policyName="p", target=target)
    bench("DeleteThingGroup", thingGroupName="g")
    assert bench("ListTargetsForPolicy", policyName="p")["targets"] == [arn]


# --- principals


def test_without_any_policy_a_principal_may_do_nothing(bench):
    identifier, arn, der = device(bench)
    principal = bench.registry.principal_of(der)
    assert (principal.certificate_id, principal.thing) == (identifier, "t")
    assert not principal.has_policy
    assert not principal.mqtt_rights("t").may_connect()
    assert not principal.may_http(DESCRIBE, "t")
    permit(bench, arn)
    assert bench.registry.principal_of(der).has_policy


def test_where_the_emulator_is_open_it_may_ask_about_its_own_thing():
    bench = Bench(is_open=True)
    _, _, der = device(bench)
    principal = bench.registry.principal_of(der)
    assert principal.mqtt_rights("t") is None
    assert principal.may_http(DESCRIBE, "t")
    assert not principal.may_http(DESCRIBE, "u")
    _, _, free = bench.certificate()
    assert bench.registry.principal_of(free).thing is None
    assert not bench.registry.principal_of(free).may_http(DESCRIBE, "t")


def test_with_a_policy_it_alone_decides(bench):
    _, arn, der = device(bench)
    permit(bench, arn, action=DESCRIBE, resource=f"{ARN}thing/u")
    principal = bench.registry.principal_of(der)
    assert principal.may_http(DESCRIBE, "u")
    assert not principal.may_http(DESCRIBE, "t")
    assert not principal.may_http("iotjobsdata:UpdateJobExecution", "u")
    assert not principal.mqtt_rights("t").may_connect()


def test_the_policies_of_all_groups_above_count_if_the_client_id_is_the_thing(bench):
    _, arn, der = device(bench)
    bench.chain("top", "below")
    policy(bench, "all", action="*")
    policy(bench, "not-a", action="*", resource=f"{ARN}topic/a", effect="Deny")
    bench("AttachPolicy", policyName="all", target=group_arn("top"))
    bench("AttachPolicy", policyName="not-a", target=group_arn("below"))
    assert not bench.registry.principal_of(der).has_policy
    bench("AddThingToThingGroup", thingName="t", thingGroupName="below")
    principal = bench.registry.principal_of(der)
    rights = principal.mqtt_rights("t")
    assert rights.may_connect()
    assert [rights.may_publish(topic) for topic in ("a", "b")] == [False, True]
    assert not principal.mqtt_rights("another").may_connect()
    assert principal.may_http(DESCRIBE, "t")
    bench("AttachPolicy", policyName="all", target=arn)
    assert bench.registry.principal_of(der).mqtt_rights("another").may_publish("a")


def test_the_common_name_is_that_of_the_subject(bench):
    key = ec.generate_private_key(ec.SECP256R1())
    csr = csr_of(key, "Lamp 7")
    made = bench("CreateCertificateFromCsr", certificateSigningRequest=csr, setAsActive=True)
    resource = ARN + "*/${iot:Certificate.Subject.CommonName}"
    permit(bench, made["certificateArn"], action="*", resource=resource)
    principal = bench.registry.principal_of(der_of(made["certificatePem"]))
    assert principal.mqtt_rights("x").may_publish("Lamp 7")
    assert not principal.mqtt_rights("x").may_publish("Lamp 8")
    assert principal.may_http(DESCRIBE, "Lamp 7")


def test_many_topics_are_not_all_remembered(bench):
    _, arn, der = device(bench)
    permit(bench, arn, action="*", resource=f"{ARN}topic/1*")
    rights = bench.registry.principal_of(der).mqtt_rights("t")
    for _ in range(2):
        answers = [rights.may_receive(str(n)) for n in range(1000)]
        assert answers == [str(n).startswith("1") for n in range(1000)]
    assert len(rights._receive._known) <= 256


THE_ID, THE_ARN = "the id of the certificate", "the ARN of the certificate"
CHANGES = {
    "the certificate's status":
        ("UpdateCertificate", {"certificateId": THE_ID, "newStatus": "INACTIVE"}),
    "its thing": ("DetachThingPrincipal", {"thingName": "t", "principal": THE_ARN}),
    "a policy of its own": ("AttachPolicy", {"policyName": "q", "target": THE_ARN}),
    "its policy goes": ("DetachPolicy", {"policyName": "p", "target": THE_ARN}),
    "its policy's default version":
        ("SetDefaultPolicyVersion", {"policyName": "p", "policyVersionId": "2"}),
    "its group's policy": ("AttachPolicy", {"policyName": "p", "target": group_arn("below")}),
    "a policy above its group": ("AttachPolicy", {"policyName": "p", "target": group_arn("top")}),
    "the version of its group's policy":
        ("CreatePolicyVersion",
         {"policyName": "q", "policyDocument": document(), "setAsDefault": True}),
    "its thing leaves a group":
        ("RemoveThingFromThingGroup", {"thingName": "t", "thingGroupName": "below"}),
    "its group goes": ("DeleteThingGroup", {"thingGroupName": "below"}),
}  # fmt: skip


@pytest.mark.parametrize(("operation", "params"), CHANGES.values(), ids=CHANGES)
def test_whose_permissions_change_is_told_once_it_is_kept(bench, operation, params):
    identifier, arn, _ = device(bench)
    device(bench, "u")
    policy(bench, "p", "q")
    bench("CreatePolicyVersion", policyName="p", policyDocument=document())
    bench.chain("top", "below")
    bench("AddThingToThingGroup", thingName="t", thingGroupName="below")
    bench("AttachPolicy", policyName="p", target=arn)
    bench("AttachPolicy", policyName="q", target=group_arn("below"))
    told = []
    bench.registry.on_principal_changed(lambda ids: told.append((set(ids), bench.database._depth)))
    known = {THE_ID: identifier, THE_ARN: arn}
    bench(operation, **{name: known.get(value, value) for name, value in params.items()})
    assert set().union(*(ids for ids, _ in told)) == {identifier}
    assert {depth for _, depth in told} == {0}


def test_policies_outlive_their_process(tmp_path):
    first = Bench(str(tmp_path / "state.db"))
    _, arn, der = device(first)
    permit(first, arn, action=DESCRIBE)
    assert first.restarted().registry.principal_of(der).may_http(DESCRIBE, "anything")
