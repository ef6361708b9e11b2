"""RegisterCertificate and RegisterCertificateWithoutCA: certificates that are brought along."""

import ssl

import pytest
from iotjobs_emulator.authority import Authority
from iotjobs_emulator.database import Database
from mqtt_client import Client
from people_have import PEM_FILES
from policy_ground import prepared, rule
from registry_bench import ARN, INVALID, Bench, der_of
from stranger import Stranger, pem_of

NOT_VALID = "CertificateValidationException"
TAKEN = "ResourceAlreadyExistsException"
WITH_CA, WITHOUT_CA = "RegisterCertificate", "RegisterCertificateWithoutCA"


def own_pem(bench):
    """A certificate of the emulator's authority that is not in the registry."""
    return pem_of(bench.authority.issue_device()[0])


def described(bench, certificate_id):
    answer = bench("DescribeCertificate", certificateId=certificate_id)
    return answer["certificateDescription"]


@pytest.mark.parametrize(
    ("operation", "params", "status", "mode"),
    [
        (WITHOUT_CA, {}, "INACTIVE", "SNI_ONLY"),
        (WITHOUT_CA, {"status": "ACTIVE"}, "ACTIVE", "SNI_ONLY"),
        (WITH_CA, {}, "INACTIVE", "DEFAULT"),
        (WITH_CA, {"setAsActive": True}, "ACTIVE", "DEFAULT"),
        (WITH_CA, {"status": "ACTIVE"}, "ACTIVE", "DEFAULT"),
        (WITH_CA, {"status": "REVOKED", "setAsActive": True}, "REVOKED", "DEFAULT"),
    ],
)
def test_a_certificate_is_registered_as_what_it_is(bench, operation, params, status, mode):
    stranger = Stranger()
    ca = {"caCertificatePem": stranger.ca} if operation == WITH_CA else {}
    made = bench(operation, certificatePem=stranger.pem, **ca, **params)
    assert made == {"certificateId": stranger.id, "certificateArn": f"{ARN}cert/{stranger.id}"}
    found = described(bench, stranger.id)
    assert (found["status"], found["certificateMode"]) == (status, mode)
    assert found["certificatePem"] == stranger.pem


@pytest.mark.parametrize("form", PEM_FILES)
def test_a_certificate_may_have_any_form_of_pem(bench, form):
    def as_people_have_it(text):
        return PEM_FILES[form](text.encode()).decode("latin-1")

    one, other = Stranger(), Stranger()
    made = bench(WITHOUT_CA, certificatePem=as_people_have_it(one.pem))
    assert made["certificateId"] == one.id
    pem, ca = as_people_have_it(other.pem), as_people_have_it(other.ca)
    made = bench(WITH_CA, certificatePem=pem, caCertificatePem=ca)
    assert described(bench, made["certificateId"])["certificatePem"] == other.pem


def test_the_emulators_own_authority_need_not_be_given(bench):
    made = bench(WITH_CA, certificatePem=own_pem(bench), status="ACTIVE")
    assert described(bench, made["certificateId"])["status"] == "ACTIVE"


def test_a_certificate_is_registered_once(bench):
    stranger = Stranger()
    bench(WITHOUT_CA, certificatePem=stranger.pem)
    again = {"certificatePem": stranger.pem, "caCertificatePem": stranger.ca}
    bench.refuses(TAKEN, stranger.id, WITH_CA, **again)
    bench.refuses(TAKEN, stranger.id, WITHOUT_CA, certificatePem=stranger.pem)
    made = bench("CreateKeysAndCertificate")
    bench.refuses(TAKEN, made["certificateId"], WITH_CA, certificatePem=made["certificatePem"])


@pytest.mark.parametrize(
    ("code", "named", "operation", "params"),
    [
        (NOT_VALID, "certificatePem", WITHOUT_CA, {"certificatePem": "x"}),
        (NOT_VALID, "certificatePem", WITH_CA, {"certificatePem": "x"}),
        (NOT_VALID, "caCertificatePem", WITH_CA, {"caCertificatePem": "x"}),
        (NOT_VALID, "not signed by", WITH_CA, {}),
        (NOT_VALID, "not signed by", WITH_CA, {"caCertificatePem": Stranger().ca}),
        (INVALID, "PENDING_TRANSFER", WITHOUT_CA, {"status": "PENDING_TRANSFER"}),
    ],
)
def test_what_is_no_certificate_or_not_its_authoritys_is_refused(
    bench, code, named, operation, params
):
    bench.refuses(code, named, operation, **{"certificatePem": Stranger().pem, **params})
    assert bench("ListCertificates")["certificates"] == []


def test_a_registered_certificate_is_a_device_as_any_other(bench):
    stranger = Stranger()
    made = bench(WITHOUT_CA, certificatePem=stranger.pem, status="ACTIVE")
    bench("CreateThing", thingName="t")
    bench("AttachThingPrincipal", thingName="t", principal=made["certificateArn"])
    assert bench.thing_of(der_of(stranger.pem)) == "t"


def test_who_listens_is_told_of_each_registered_certificate_and_of_no_other(tmp_path):
    first = Bench(str(tmp_path / "state"))
    before, after = Stranger().pem, Stranger().pem
    first(WITHOUT_CA, certificatePem=before)
    first.certificate()
    second = first.restarted()
    told = []
    second.registry.on_certificate_registered(told.append)
    second(WITHOUT_CA, certificatePem=after)
    second.certificate()
    assert told == [before, after]


async def test_a_device_connects_with_the_certificate_that_it_has_brought_along(tmp_path):
    stranger = Stranger()
    pem = tmp_path / "device.pem"
    pem.write_text(stranger.pem + stranger.key)
    async with prepared() as ground:
        context = ssl.create_default_context(cadata=pem_of(ground.emulator.authority.certificate))
        context.load_cert_chain(pem)
        context.maximum_version = ssl.TLSVersion.TLSv1_2  # so that a refusal ends the handshake
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await Client.open(ground.emulator.ports.mqtts, tls=context)
        made = ground.registry.register_certificate_without_ca(
            {"certificatePem": stranger.pem, "status": "ACTIVE"}
        )
        arn = made["certificateArn"]
        ground.registry.attach_thing_principal({"thingName": "lamp", "principal": arn})
        ground.permit(arn, "p", rule("Allow", "iot:*", "*"))
        client = await Client.connect(ground.emulator.ports.mqtts, "lamp", tls=context)
        await client.ping()


async def test_another_certificate_of_the_same_authority_is_not_let_in(tmp_path):
    authority = Authority(Database())
    known, other = (authority.issue_device() for _ in range(2))
    pem = tmp_path / "device.pem"
    pem.write_text(pem_of(other[0]) + other[1].private_pem)
    async with prepared() as ground:
        ground.registry.register_certificate_without_ca({"certificatePem": pem_of(known[0])})
        context = ssl.create_default_context(cadata=pem_of(ground.emulator.authority.certificate))
        context.load_cert_chain(pem)
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await Client.open(ground.emulator.ports.mqtts, tls=context)
