"""Certificates and keys: DER, which MicroPython's TLS wants, of DER files and of PEM files."""

from errors import Failure
from iotjobs_inputs import pem

_ENCRYPTED = "the key is encrypted; decrypt it first: openssl pkey -in FILE -out PLAIN"
_OPTIONS = (("cert", pem.CERTIFICATE), ("key", pem.PRIVATE_KEY), ("ca", pem.CERTIFICATE))


def of_files(paths):
    """What a link takes, of the files whose `paths` have the names "cert", "key" and "ca". That is
    the first certificate, the first key, and all authorities, by the same names.

    Raises Failure, which names the option and the path and never the content.
    """
    made = {}
    for name, kind in _OPTIONS:
        found = _read(paths[name], "--" + name, kind)
        made[name] = tuple(found) if name == "ca" else found[0]
    return made


def _read(path, option, kind):
    try:
        with open(path, "rb") as file:
            content = file.read()
    except OSError as error:
        raise Failure("%s %s cannot be read: %s" % (option, path, error))
    try:
        found = pem.found(content, kind)
    except ValueError as error:
        raise Failure("%s %s: %s" % (option, path, error))
    if found[0].is_encrypted:
        raise Failure("%s %s: %s" % (option, path, _ENCRYPTED))
    return [each.der for each in found]
