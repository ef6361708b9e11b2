"""A client that asks for a name of AWS IoT's is shown a certificate for it, and no other client
notices that there are such names.
"""

import ssl

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from iotjobs_emulator.authority import NOT_AFTER, NOT_BEFORE, Authority
from iotjobs_emulator.database import Database
from iotjobs_emulator.tls.server_context import MOST_NAMES, ServerContext
from stranger import Stranger, pem_of

NAME = "a1b2c3-ats.iot.eu-west-1.amazonaws.com"
OTHER = "d4e5f6-ats.iot.us-east-1.amazonaws.com"
VERSIONS = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]


@pytest.fixture(params=VERSIONS, ids=["TLS 1.2", "TLS 1.3"])
def version(request):
    return request.param


@pytest.fixture(scope="module")
def authority():
    return Authority(Database())


@pytest.fixture
def server(authority):
    return authority.server_context(["bench.example"])


@pytest.fixture
def device(authority, tmp_path, version):
    """The context of a device that has a certificate of the authority."""
    certificate, keys = authority.issue_device()
    return client_of(authority, tmp_path, version, pem_of(certificate) + keys.private_pem)


def client_of(authority, folder, version, chain=None):
    context = ssl.create_default_context(cadata=pem_of(authority.certificate))
    context.minimum_version = context.maximum_version = version
    if chain is not None:
        (folder / "chain.pem").write_text(chain)
        context.load_cert_chain(folder / "chain.pem")
    return context


class Line:
    """A client and a server whose bytes are carried by hand, `piece` at a time to the server."""

    def __init__(self, server, client, name, piece=2**16, session=None):
        self._to_server, self._to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._from_server, self._from_client = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.client = client.wrap_bio(
            self._to_client, self._from_client, server_hostname=name, session=session
        )
        self.server = server.wrap_bio(self._to_server, self._from_server, server_side=True)
        self._piece = piece
        self.received = b""  # by the client
        self._run(self.client.do_handshake)

    def shake_hands(self):
        """Raises what either side refuses."""
        is_left = {self.server, self.client}
        while is_left:
            for side in (self.server, self.client):
                if side in is_left and self._run(side.do_handshake):
                    is_left.remove(side)
        return self

    def first_flight(self):
        """All that the server says before it hears the client again."""
        assert not self._run(self.server.do_handshake)
        return self.received

    def say(self):
        """The server's first byte brings the client the session tickets of TLS 1.3."""
        self.server.write(b"!")
        self._carry()
        assert self.client.read(1) == b"!"

    def _run(self, step):
        self._carry()
        try:
            step()
        except ssl.SSLWantReadError:
            return False
        finally:
            self._carry()
        return True

    def _carry(self):
        data = self._from_server.read()
        self.received += data
        self._to_client.write(data)
        self._to_server.write(self._from_client.read(self._piece))


def names_shown(line):
    return {name for _, name in line.client.getpeercert()["subjectAltName"]}


@pytest.mark.parametrize("asked", [NAME, OTHER, NAME.upper()])
def test_the_certificate_is_for_the_name_that_was_asked_for(server, device, asked):
    line = Line(server, device, asked).shake_hands()
    assert names_shown(line) == {asked.lower()}
    assert line.server.getpeercert(binary_form=True)


def test_the_first_bytes_may_come_one_by_one(server, device):
    assert names_shown(Line(server, device, NAME, piece=1).shake_hands()) == {NAME}


@pytest.mark.parametrize("asked", ["localhost", "bench.example", None])
def test_who_asks_for_another_name_is_shown_what_every_client_was_shown(server, device, asked):
    device.check_hostname = False
    line = Line(server, device, asked).shake_hands()
    assert names_shown(line) == {"localhost", "127.0.0.1", "0:0:0:0:0:0:0:1", "bench.example"}
    assert line.server.context is server


@pytest.mark.parametrize("asked", ["localhost", "bench.example", None])
def test_who_asks_for_another_name_gets_no_byte_more(rsa_chain, device, asked, tmp_path):
    device.check_hostname = False
    server = ServerContext(lambda hosts: rsa_chain, [], rsa_chain.decode())
    plain = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    plain.verify_mode = ssl.CERT_REQUIRED
    (tmp_path / "server.pem").write_bytes(rsa_chain)
    plain.load_cert_chain(tmp_path / "server.pem")
    lengths = [len(Line(one, device, asked).first_flight()) for one in (server, plain)]
    assert lengths[0] == lengths[1]


@pytest.fixture(scope="module")
def rsa_chain():
    """A key and its certificate: RSA's signatures are all as long, those on a curve are not."""
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "server")])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(NOT_BEFORE)
        .not_valid_after(NOT_AFTER)
        .sign(key, hashes.SHA256())
    )
    return pem_of(certificate).encode() + key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


@pytest.mark.parametrize(
    "asked", ["a1b2c3-ats.iot.eu-west-1.example.com", "iot.eu-west-1.amazonaws.com", "192.168.1.9"]
)
def test_any_other_name_is_refused_by_the_client(server, device, asked):
    with pytest.raises(ssl.SSLCertVerificationError, match=r"(Hostname|IP address) mismatch"):
        Line(server, device, asked).shake_hands()


@pytest.mark.parametrize("has_certificate", [False, True])
def test_a_client_must_show_a_certificate_under_such_a_name_too(
    authority, server, version, tmp_path, has_certificate
):
    stranger = Stranger()
    chain = stranger.pem + stranger.key if has_certificate else None
    client = client_of(authority, tmp_path, version, chain)
    with pytest.raises(ssl.SSLError, match=r"(?i)certificate"):
        Line(server, client, NAME).shake_hands()


@pytest.mark.parametrize("is_known", [False, True], ids=["a new name", "a name asked before"])
@pytest.mark.parametrize("asked", [NAME, "localhost"])
def test_a_certificate_that_is_trusted_is_let_in_under_every_name(
    authority, server, version, tmp_path, asked, is_known
):
    stranger, late = Stranger(), Stranger()
    if is_known:
        server.for_name(NAME)
    for one in (stranger, late):
        server.trust(one.pem)
        client = client_of(authority, tmp_path, version, one.pem + one.key)
        line = Line(server, client, asked).shake_hands()
        assert pem_of(x509.load_der_x509_certificate(line.server.getpeercert(True))) == one.pem


def test_a_certificate_is_issued_once_for_a_name_and_not_before_it_is_asked_for(
    authority, monkeypatch, tmp_path
):
    issued = []
    issue = Authority._issue_server

    def counting(self, key, hosts):
        issued.append(list(hosts))
        return issue(self, key, hosts)

    monkeypatch.setattr(Authority, "_issue_server", counting)
    server = authority.server_context()
    certificate, keys = authority.issue_device()
    chain = pem_of(certificate) + keys.private_pem
    client = client_of(authority, tmp_path, VERSIONS[-1], chain)
    del issued[:]
    for asked in (NAME, "localhost", OTHER, NAME.upper(), NAME, OTHER):
        Line(server, client, asked).shake_hands()
    assert issued == [[NAME], [OTHER]]


def test_their_number_is_bounded_and_the_one_not_asked_for_for_longest_goes(server):
    names = [f"a{number}-ats.iot.eu-west-1.amazonaws.com" for number in range(MOST_NAMES)]
    contexts = [server.for_name(name) for name in names]
    assert server.for_name(names[0]) is contexts[0]
    server.for_name(NAME)  # one more than are kept
    assert len(server._named) == MOST_NAMES == 32
    kept = [name for name in names if name in server._named]
    assert kept == [names[0], *names[2:]]
    assert [server.for_name(name) for name in kept] == [contexts[0], *contexts[2:]]


def test_a_connection_goes_on_when_its_name_is_no_longer_kept(server, device):
    line = Line(server, device, NAME).shake_hands()
    server._named.clear()
    line.say()
    assert names_shown(Line(server, device, NAME).shake_hands()) == {NAME}


def test_a_session_is_resumed_under_the_name_that_it_was_begun_with(server, device, version):
    first = Line(server, device, NAME).shake_hands()
    first.say()
    again = Line(server, device, NAME, session=first.client.session).shake_hands()
    assert again.client.session_reused
    assert again.server.getpeercert(True) == first.server.getpeercert(True)


def test_where_clients_have_no_certificates_there_are_no_such_names(authority, device):
    server = authority.server_context(clients_by_certificate=False)
    device.check_hostname = False
    assert "localhost" in names_shown(Line(server, device, NAME).shake_hands())
