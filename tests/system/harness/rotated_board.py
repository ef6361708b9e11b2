"""A board as the service sees it, whose certificate is rotated: it asks for its jobs over HTTPS,
with the certificate and the key that it has, and keeps what they bring.
"""

import base64
import hashlib
import http.client
import json
import ssl

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from provisioning import folder as folders

PEM = serialization.Encoding.PEM
DER = serialization.Encoding.DER


class RotatedBoard:
    """`folder`, a Folder, is copied onto it. `answers`: how it ends each job that is to come, by
    status and details, instead of doing it; None: it does it.
    """

    def __init__(self, emulator, thing, folder, work):
        self.thing = thing
        self.answers = []
        self._port = emulator.ports.https
        self._work = work
        self.certificate = (folder.path / folders.CERTIFICATE).read_bytes()
        self.key = folder.key(is_rsa=False)
        self._next = None

    def serve(self):
        """Do all jobs that there are; their documents."""
        documents = []
        while execution := self._ask("PUT", "$next").get("execution"):
            document = json.loads(execution["jobDocument"])
            documents.append(document)
            answer = self.answers.pop(0) if self.answers else None
            status, details = answer or ("SUCCEEDED", self._do(document))
            body = {"status": status, "statusDetails": details}
            self._ask("POST", execution["jobId"], body)
        return documents

    def identity(self):
        """Its certificate's id."""
        return hashlib.sha256(self.certificate).hexdigest()

    def is_taken(self, certificate, key):
        """Whether the service answers to one that has these."""
        try:
            self._ask("GET", "$next", pair=(certificate, key))
        except (OSError, http.client.HTTPException, RefusedError):
            return False
        return True

    def _do(self, document):
        if "certificate" not in document:
            self._next = self._next or ec.generate_private_key(ec.SECP256R1())
            pem = folders.signing_request(self._next, self.thing).encode()
            der = x509.load_pem_x509_csr(pem).public_bytes(DER)
            return {"request": base64.b64encode(der).decode()}
        given = base64.b64decode(document["certificate"])
        if given != self.certificate:
            assert self.is_taken(given, self._next)
            self.certificate, self.key, self._next = given, self._next, None
        return {"certificate": self.identity()}

    def _ask(self, method, job, body=None, pair=None):
        certificate, key = pair or (self.certificate, self.key)
        pem = self._work / "pair.pem"
        pem.write_bytes(
            x509.load_der_x509_certificate(certificate).public_bytes(PEM)
            + key.private_bytes(
                PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        context = ssl._create_unverified_context()
        context.load_cert_chain(pem)
        connection = http.client.HTTPSConnection("localhost", self._port, context=context)
        try:
            path = f"/things/{self.thing}/jobs/{job}"
            connection.request(method, path, json.dumps(body or {}))
            answer = connection.getresponse()
            text = answer.read()
        finally:
            connection.close()
        if answer.status != 200:
            raise RefusedError(text)
        return json.loads(text)


class RefusedError(Exception):
    """The service has refused a request."""
