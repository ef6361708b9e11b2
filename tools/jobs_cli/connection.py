"""The connection to the service: what it is made of, and what is said when there is none."""

import os
import time

import credentials
from errors import Failure, UsageError
from iotjobs import HTTPSLink, MQTTLink
from options import SECONDS, SWITCH, TEXT, Option

HTTPS_PORT, MQTTS_PORT = 8443, 8883
TIMEOUT = 10  # seconds

# The longest answers: an MQTT payload has 131,072 bytes at most, beside its topic, and HTTPSLink
# takes no longer body than this.
_MQTT_BUFFER = 131_072 + 1024
_HTTPS_BUFFER = 262_144
REQUEST = 131_072

OPTIONS = (
    Option("--endpoint", "endpoint", TEXT),
    Option("--cert", "cert", TEXT),
    Option("--key", "key", TEXT),
    Option("--ca", "ca", TEXT),
    Option("--mqtt", "mqtt", SWITCH, True),
    Option("--client-id", "client_id", TEXT),
    Option("--timeout", "timeout", SECONDS),
    Option("--help", "help", SWITCH, True),
    Option("-h", "help", SWITCH, True),
)

# What a LinkError's stage means to a person, and what to look at.
_STAGES = {
    "dns": (
        "The endpoint has no address",
        "Is this its name, and is there a network?",
    ),
    "tcp": (
        "Nothing answers at the endpoint",
        "Is this its name and port, 8443 for HTTPS and 8883 with --mqtt, and is there a network?",
    ),
    "clock": (
        "The endpoint's certificate is not valid yet",
        "Is this computer's clock right?",
    ),
    "certificate": (
        "The endpoint's certificate is refused",
        "Is --ca the CA that it is from, and --endpoint the name that it is for?",
    ),
    "handshake": (
        "The endpoint does not agree to TLS",
        "Is --cert known to the service and active, does --key belong to it, and is the port "
        "right?",
    ),
    "connack": (
        "The service does not accept the connection",
        "Is the certificate active, and may it connect with this client id (--client-id)?",
    ),
    "lost": (
        "The connection has ended without an answer",
        "The request may have taken effect. The service also ends a connection on which something "
        "is asked that the certificate's policy does not allow.",
    ),
    "protocol": (
        "The endpoint does not speak as the service does",
        "Is this its name and port, 8443 for HTTPS and 8883 with --mqtt?",
    ),
}


class Settings:
    """How to reach the service: of the options, and of the environment where there are none.

    Raises UsageError for what is missing, Failure for a file that is no certificate or key.
    """

    def __init__(self, values, thing_name, mqtt=False):
        given = {}
        for name in ("endpoint", "cert", "key", "ca"):
            given[name] = values.get(name, os.getenv("IOTJOBS_" + name.upper()))
        missing = ["--" + name for name in ("endpoint", "cert", "key", "ca") if not given[name]]
        if missing:
            raise UsageError("the following arguments are required: %s" % ", ".join(missing))
        self.mqtt = mqtt or "mqtt" in values
        port = MQTTS_PORT if self.mqtt else HTTPS_PORT
        self.host, self.port = _address(given["endpoint"], port)
        self.client_id = values.get("client_id") or thing_name
        self.timeout_ms = int(values.get("timeout", TIMEOUT) * 1000)
        self._keys = credentials.of_files(given)

    def link(self):
        """A new link of the library, not open. Raises Failure for a key or certificate that TLS
        does not take.
        """
        named = {"port": self.port, "timeout_ms": self.timeout_ms}
        named.update(self._keys)
        try:
            if self.mqtt:
                return MQTTLink(self.host, self.client_id, buffer_size=_MQTT_BUFFER, **named)
            return HTTPSLink(self.host, buffer_size=_HTTPS_BUFFER, request_size=REQUEST, **named)
        except ValueError as error:
            raise Failure("--cert, --key or --ca cannot be used: %s" % error)


def wait(link, done, timeout_ms=None):
    """Let the link go on until `done()`; returns whether it is. Without `timeout_ms` there is no
    deadline but the link's own.

    Raises LinkError.
    """
    started = time.ticks_ms()
    while not done():
        if timeout_ms and time.ticks_diff(time.ticks_ms(), started) >= timeout_ms:
            return False
        link.poll()
        time.sleep_ms(1)
    return True


def explained(error):
    """What a LinkError says to a person, and what to look at."""
    what, hint = _STAGES[error.stage]
    return "%s: %s\n%s" % (what, " ".join(error.reason.split()), hint)


def _address(endpoint, port):
    # HOST or HOST:PORT, an IPv6 address in brackets.
    host, colon, digits = endpoint.rpartition(":")
    if not colon or digits.endswith("]"):
        host, digits = endpoint, str(port)
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    elif ":" in host:
        host = ""
    if not host or "/" in host or not digits.isdigit() or not 0 < int(digits) < 65536:
        raise UsageError("--endpoint: not HOST or HOST:PORT: '%s'" % endpoint)
    return host, int(digits)
