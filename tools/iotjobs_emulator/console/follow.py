"""Print the trace of an emulator that runs elsewhere, until it ends or Ctrl-C is pressed."""

import http.client
import json
import signal
import sys
from collections.abc import Callable
from contextlib import closing
from urllib.parse import urlsplit

from ..show import trace_line, wants_colours
from .entries import entry_from

_PATH = "/_emulator/trace?follow=1"
_CONNECT_SECONDS = 10
# An emulator that has nothing to tell writes an empty line every 15 s.
_SILENT_SECONDS = 60


class FollowError(Exception):
    """The trace cannot be followed; the message says where and why."""


def follow(url: str) -> int:
    """Print to standard output; returns the exit code."""
    # What a shell starts in the background has SIGINT ignored.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    try:
        read_trace(url, lambda line: print(line, flush=True), wants_colours())
    except FollowError as error:
        print(f"emulator: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        pass
    else:
        print(f"emulator: {url} has ended", file=sys.stderr)
    return 0


def read_trace(url: str, write: Callable[[str], None], colours: bool = False) -> None:
    """Give every line of the trace at `url` to `write` until the emulator ends.

    `url` is the control plane's, http://host:port; FollowError if no emulator answers there.
    """
    host, port = _address(url)
    connection = http.client.HTTPConnection(host, port, timeout=_CONNECT_SECONDS)
    with closing(connection):
        try:
            connection.request("GET", _PATH)
            response = connection.getresponse()
        except (OSError, http.client.HTTPException) as error:
            reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
            raise FollowError(
                f"nothing answers at {url} ({reason}): is the emulator running there?"
            ) from None
        if response.status != 200:
            message = response.read(400).decode("utf-8", "replace")
            raise FollowError(f"{url} does not show a trace: {response.status} {message!a}")
        connection.sock.settimeout(_SILENT_SECONDS)
        _read_lines(response, url, write, colours)


def _read_lines(
    response: http.client.HTTPResponse, url: str, write: Callable[[str], None], colours: bool
) -> None:
    while True:
        try:
            line = response.readline()
        except TimeoutError:
            raise FollowError(f"{url} has been silent for {_SILENT_SECONDS} s") from None
        except (OSError, http.client.HTTPException):
            return  # it was killed: that is an end too
        if not line:
            return
        if line.strip():
            write(_shown(line, url, colours))


def _shown(line: bytes, url: str, colours: bool) -> str:
    try:
        members = json.loads(line)
        if "lost" in members:
            return f"({members['lost']} entries are lost: they came faster than they were read)"
        entry = entry_from(members)
    except (KeyError, TypeError, ValueError):
        raise FollowError(f"{url} sent what is no entry of a trace: {line[:80]!a}") from None
    return trace_line(entry, packets=True, payload_bytes=entry.payload_bytes, colours=colours)


def _address(url: str) -> tuple[str, int]:
    whole = url if "://" in url else f"http://{url}"
    try:
        parts = urlsplit(whole)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise FollowError(f"{url} is no URL: {error}") from None
    if parts.scheme != "http" or host is None:
        raise FollowError(f"{url} is not the control plane's URL, http://host:port")
    return host, 80 if port is None else port
