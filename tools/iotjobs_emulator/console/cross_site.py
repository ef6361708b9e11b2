"""Which HTTP requests a browser may have been led into: those are refused.

The control plane asks nobody who they are, and it stands where the web browser of its user can
reach it. A foreign page in that browser can send requests too. Three headers, which no page can
forge, tell such a request apart:
- Origin (Fetch standard)
- Sec-Fetch-Site (Fetch Metadata Request Headers)
- Host, against names that were made to resolve to this machine (DNS rebinding)

SDKs, the `aws` command and devices send neither of the first two.
"""

import ipaddress
from collections.abc import Collection, Mapping
from urllib.parse import urlsplit

_READING = ("GET", "HEAD", "OPTIONS")
_OWN_SITE = ("same-origin", "none")  # none: typed, bookmarked


def allowed(
    method: str,
    headers: Mapping[str, str],
    *,
    names: Collection[str] | None = (),
    scheme: str = "http",
) -> bool:
    """Whether the request may be looked at; see `refusal`, which also says why not."""
    return refusal(method, headers, names=names, scheme=scheme) is None


def refusal(
    method: str,
    headers: Mapping[str, str],
    *,
    names: Collection[str] | None = (),
    scheme: str = "http",
) -> str | None:
    """Why the request must be answered with 403, in a sentence; None: it is none of another site.

    `headers` are looked up by their usual names, so they must ignore case, as aiohttp's do.
    `names` are the host names, in lower case, that the server may be called by. Localhost and IP
    addresses need not be among them: no one can make these resolve to something else. None where
    the server is open to the network, since then nobody knows its names. Any Host is taken there,
    so a page of a rebound name counts as the server's own. `scheme` is what the server speaks.
    """
    host = headers.get("Host")
    if host is not None and names is not None and not _is_own(host, names):
        return f"Host {host!a} is not a name of this emulator: use localhost or an IP address"
    origin = headers.get("Origin")
    own = None if host is None else f"{scheme}://{host}".lower()
    if origin is not None and origin.lower() != own:
        return f"The request comes from another site, Origin {origin!a}, and is refused"
    site = headers.get("Sec-Fetch-Site")
    if method not in _READING and site is not None and site.lower() not in _OWN_SITE:
        return f"The request comes from another site, Sec-Fetch-Site {site!a}, and is refused"
    return None


def _is_own(host: str, names: Collection[str]) -> bool:
    try:
        name = urlsplit(f"//{host}").hostname
    except ValueError:
        return False
    if name is None:
        return False
    name = name.removesuffix(".")
    if name == "localhost" or name.endswith(".localhost") or name in names:
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
