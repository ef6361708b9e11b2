"""A program connects to the emulator by the name that its service has on AWS."""

import asyncio
import ssl

import pytest
from mqtt_client import CONNACK, TIMEOUT, Client, connect_bytes
from policy_ground import prepared, rule
from stranger import Stranger, pem_of

NAME = "a1b2c3-ats.iot.eu-west-1.amazonaws.com"
GET = b"GET /things/lamp/jobs HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n" % NAME.encode()


@pytest.mark.parametrize("is_issued", [True, False], ids=["issued", "brought along"])
@pytest.mark.parametrize("names", [[NAME], [NAME, "localhost"], ["localhost", NAME]])
async def test_a_device_is_served_by_mqtt_and_https_under_a_name_of_aws(
    tmp_path, is_issued, names
):
    async with prepared() as ground:
        context = ssl.create_default_context(cadata=pem_of(ground.emulator.authority.certificate))
        assert context.check_hostname
        for name in names:
            assert await is_refused(ground, context, name)
        if is_issued:
            made = ground.registry.create_keys_and_certificate({"setAsActive": True})
            chain = made["certificatePem"] + made["keyPair"]["PrivateKey"]
        else:
            stranger = Stranger()
            made = ground.registry.register_certificate_without_ca(
                {"certificatePem": stranger.pem, "status": "ACTIVE"}
            )
            chain = stranger.pem + stranger.key
        arn = made["certificateArn"]
        ground.registry.attach_thing_principal({"thingName": "lamp", "principal": arn})
        ground.permit(arn, "p", rule("Allow", "*", "*"))
        (tmp_path / "chain.pem").write_text(chain)
        context.load_cert_chain(tmp_path / "chain.pem")
        for name in names:
            client = await Client.open(
                ground.emulator.ports.mqtts, connect_bytes("lamp"), tls=context, name=name
            )
            assert await client.receive() == (CONNACK, 0, b"\x00\x00")
            await client.ping()
            answer = await asyncio.wait_for(get_jobs(ground, context, name), TIMEOUT)
            assert answer.startswith(b"HTTP/1.1 200 ")
            assert answer.endswith(b'{"inProgressJobs":[],"queuedJobs":[]}')


async def is_refused(ground, context, name):
    """With TLS 1.3 a client learns of its refusal only when it reads."""
    try:
        client = await Client.open(
            ground.emulator.ports.mqtts, connect_bytes("lamp"), tls=context, name=name
        )
        await client.receive()
    except (ssl.SSLError, ConnectionError, asyncio.IncompleteReadError) as error:
        return not isinstance(error, ssl.SSLCertVerificationError)
    return False


async def get_jobs(ground, context, name):
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", ground.emulator.ports.https, ssl=context, server_hostname=name
    )
    writer.write(GET)
    answer = await reader.read()
    writer.close()
    return answer
