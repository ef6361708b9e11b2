"""The certificates of the broker's tests: of an authority as the emulator has it."""

import ssl

from cryptography.hazmat.primitives.serialization import Encoding
from iotjobs_emulator.authority import Authority
from iotjobs_emulator.database import Database


class Principal:
    """Whom a certificate stands for; `rights` as `policies.MqttRights`, None: no policy."""

    def __init__(self, thing, rights=None):
        self.certificate_id, self.thing, self.rights = f"certificate of {thing}", thing, rights

    def mqtt_rights(self, client_id):
        return self.rights


class Certificates:
    """Those of an authority of its own. In `folder` is each with its key, by its name."""

    def __init__(self, folder):
        self._folder, self._authority = folder, Authority(Database())
        self._things = {}  # certificates in DER to their things
        self.server_context = self._authority.server_context

    def issue(self, name, thing=None):
        certificate, keys = self._authority.issue_device()
        pem = certificate.public_bytes(Encoding.PEM) + keys.private_pem.encode()
        (self._folder / f"{name}.pem").write_bytes(pem)
        self._things[certificate.public_bytes(Encoding.DER)] = thing

    def principal_of(self, der):
        thing = self._things.get(der)
        return thing and Principal(thing)

    def client_context(self, name=None, version=None):
        """A context that trusts this authority; without `name` it has no certificate. The
        certificate may be another authority's in the same folder."""
        trusted = self._authority.certificate.public_bytes(Encoding.PEM)
        context = ssl.create_default_context(cadata=trusted.decode())
        if name is not None:
            context.load_cert_chain(self._folder / f"{name}.pem")
        if version is not None:
            context.minimum_version = context.maximum_version = version
        return context
