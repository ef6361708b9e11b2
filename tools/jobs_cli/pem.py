"""Certificates and keys: DER, which MicroPython's TLS wants, of DER files and of PEM files."""

from binascii import a2b_base64

from errors import Failure

CERTIFICATE = "CERTIFICATE"
PRIVATE_KEY = "PRIVATE KEY"  # or RSA PRIVATE KEY, EC PRIVATE KEY
_BEGIN = "-----BEGIN "
_END = "-----END "
_DASHES = "-----"


def der(path, option, wanted):
    """The DER in the file: its content, or its first block of PEM whose name ends in `wanted`.

    Raises Failure, which names the option and the path and never the content.
    """
    try:
        with open(path, "rb") as file:
            content = file.read()
    except OSError as error:
        raise Failure("%s %s cannot be read: %s" % (option, path, error))
    if content[:1] == b"\x30":  # every certificate and key is a DER SEQUENCE
        return content
    try:
        return _block(str(content, "utf-8"), wanted)
    except ValueError as error:  # a UnicodeError, which no PEM gives, is one
        reason = "neither DER nor PEM" if isinstance(error, UnicodeError) else error
        raise Failure("%s %s: %s" % (option, path, reason))


def _block(text, wanted):
    seen = []
    name = None
    for line in text.split("\n"):
        line = line.strip()
        if name is None:
            if line.startswith(_BEGIN) and line.endswith(_DASHES):
                name = line[len(_BEGIN) : -len(_DASHES)]
                seen.append(name)
                body = ""
        elif line.startswith(_END):
            if name.endswith(wanted):
                return _decoded(name, body)
            name = None
        elif "ENCRYPTED" in line and name.endswith(wanted):  # Proc-Type: 4,ENCRYPTED
            raise _encrypted()
        else:
            body += line
    if name is not None:
        raise ValueError("the block %s does not end" % name)
    found = "it has " + ", ".join(seen) if seen else "neither DER nor PEM"
    raise ValueError("no %s in it: %s" % (wanted, found))


def _decoded(name, body):
    if name.startswith("ENCRYPTED"):
        raise _encrypted()
    try:
        found = a2b_base64(body)
    except ValueError:
        found = b""
    if found[:1] != b"\x30":
        raise ValueError("the block %s is damaged" % name)
    return found


def _encrypted():
    return ValueError("the key is encrypted; decrypt it first: openssl pkey -in FILE -out PLAIN")
