"""A whole emulator on TLS and plain MQTT, with devices that have certificates and policies."""

import asyncio
import contextlib
import json
import ssl
import tempfile
from pathlib import Path

from iotjobs_emulator.clock import VirtualClock
from iotjobs_emulator.emulator import Emulator
from jobs_world import START
from mqtt5_client import Client5
from mqtt_client import TIMEOUT, Client
from registry_bench import ARN


def rule(effect, action, *resources):
    """A statement; "*" or what follows the account in an ARN."""
    return {
        "Effect": effect,
        "Action": action,
        "Resource": [r if r == "*" else ARN + r for r in resources],
    }


class Ground:
    """Things lamp and pump; `trace` is the broker's."""

    def __init__(self, folder, settings):
        self._folder = folder
        self.trace = []
        self.emulator = Emulator(clock=VirtualClock(START), trace=self.trace.append, **settings)
        self.registry, self.broker = self.emulator.registry, self.emulator.broker
        self._ca, _ = self.emulator.authority.write_ca(folder)
        self.arns, self._contexts = {}, {}
        for name in ("lamp", "pump"):
            self.registry.create_thing({"thingName": name})

    def certificate(self, name, thing=None):
        """Register a certificate under a name of this test, and attach it to a thing."""
        made = self.registry.create_keys_and_certificate({"setAsActive": True})
        pem, key = self._folder / f"{name}.pem", self._folder / f"{name}.key"
        pem.write_text(made["certificatePem"])
        key.write_text(made["keyPair"]["PrivateKey"])
        context = ssl.create_default_context(cafile=str(self._ca))
        context.load_cert_chain(pem, key)
        self.arns[name], self._contexts[name] = made["certificateArn"], context
        if thing is not None:
            attach = {"thingName": thing, "principal": made["certificateArn"]}
            self.registry.attach_thing_principal(attach)

    def permit(self, target, policy, *statements):
        """Attach a new policy to a certificate (its name) or another target (its ARN)."""
        document = json.dumps({"Version": "2012-10-17", "Statement": statements})
        self.registry.create_policy({"policyName": policy, "policyDocument": document})
        self.attach(target, policy)

    def attach(self, target, policy):
        target = self.arns.get(target, target)
        self.registry.attach_policy({"policyName": policy, "target": target})

    def detach(self, target, policy):
        target = self.arns.get(target, target)
        self.registry.detach_policy({"policyName": policy, "target": target})

    def tls(self, name):
        """The context of a client with a certificate."""
        return self._contexts[name]

    async def open(self, name):
        """A connection with a certificate, before its CONNECT."""
        return await Client.open(self.emulator.ports.mqtts, tls=self._contexts[name])

    async def connect(self, name, client_id, **options):
        port = self.emulator.ports.mqtts
        return await Client.connect(port, client_id, tls=self._contexts[name], **options)

    async def open_5(self, name):
        """The same in MQTT 5."""
        return await Client5.open(self.emulator.ports.mqtts, tls=self._contexts[name])

    async def connect_5(self, name, **options):
        """The client id is the certificate's name."""
        port = self.emulator.ports.mqtts
        return await Client5.connect(port, name, tls=self._contexts[name], **options)

    async def plain(self, client_id, **options):
        return await Client.connect(self.emulator.ports.mqtt, client_id, **options)

    def closed(self):
        """Why connections were closed, in order: (client id, reason)."""
        return [(e.client_id, e.detail) for e in self.trace if e.packet == "CLOSE"]


@contextlib.asynccontextmanager
async def prepared(**settings):
    """A Ground whose emulator runs, with these settings of an Emulator."""
    with tempfile.TemporaryDirectory() as folder:
        ground = Ground(Path(folder), settings)
        await ground.emulator.start()
        try:
            yield ground
        finally:
            await asyncio.wait_for(ground.emulator.close(), TIMEOUT)
