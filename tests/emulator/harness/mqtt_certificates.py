"""A certificate authority for tests: EC P-256, valid now, everything in a folder."""

import datetime
import ipaddress
import ssl

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DAY = datetime.timedelta(days=1)


class Principal:
    """Whom a certificate stands for; `rights` as `policies.MqttRights`, None: no policy."""

    def __init__(self, thing, rights=None):
        self.certificate_id, self.thing, self.rights = f"certificate of {thing}", thing, rights

    def mqtt_rights(self, client_id):
        return self.rights


class Authority:
    """Issues into `folder`: `<name>.pem` is the certificate, `<name>.key` its key."""

    def __init__(self, folder, name="authority"):
        self.folder, self.name = folder, name
        self.things = {}  # certificates in DER to their things
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._certificate = self._sign(name, self._key, authority=True)
        self._write(name, self._certificate, self._key)
        self.path = folder / f"{name}.pem"

    def _sign(self, name, key, authority=False):
        now = datetime.datetime.now(datetime.timezone.utc)
        names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        return (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
            .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, self.name)]))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - DAY)
            .not_valid_after(now + DAY)
            .add_extension(x509.BasicConstraints(authority, None), critical=True)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .sign(self._key, hashes.SHA256())
        )

    def _write(self, name, certificate, key):
        pem = serialization.Encoding.PEM
        (self.folder / f"{name}.pem").write_bytes(certificate.public_bytes(pem))
        (self.folder / f"{name}.key").write_bytes(
            key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        )

    def issue(self, name, thing=None):
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = self._sign(name, key)
        self._write(name, certificate, key)
        self.things[certificate.public_bytes(serialization.Encoding.DER)] = thing

    def principal_of(self, der):
        thing = self.things.get(der)
        return thing and Principal(thing)

    def server_context(self, name):
        """A context that demands certificates of this authority."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.folder / f"{name}.pem", self.folder / f"{name}.key")
        context.load_verify_locations(self.path)
        context.verify_mode = ssl.CERT_REQUIRED
        return context

    def client_context(self, name=None, version=None):
        """A context that trusts this authority; without `name` it has no certificate. The
        certificate may be another authority's in the same folder."""
        context = ssl.create_default_context(cafile=str(self.path))
        if name is not None:
            context.load_cert_chain(self.folder / f"{name}.pem", self.folder / f"{name}.key")
        if version is not None:
            context.minimum_version = context.maximum_version = version
        return context
