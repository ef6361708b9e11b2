"""URLs of files: what a request needs of one, and where a redirect leads. RFC 3986."""

from micropython import const

_MAX_URL = const(2048)  # a presigned one has about 1,500
_MAX_HOST = const(253)
_MAX_SHOWN = const(100)
_HOST = "-._abcdefghijklmnopqrstuvwxyz0123456789"
_ADDRESS = "abcdef0123456789:."


def split(url):
    """(secure, host, port, target) of an http or https URL (str, at most 2048 characters). These
    are a bool, a str (of an IPv6 address without brackets), an int, and a str: path and query,
    which begins with "/". The fragment and dot segments are dropped.

    Raises ValueError for another scheme, for user information, and for what is no host or port.
    It is raised for any character that a URL does not have, too: none can end a line of the
    request. It says what is wrong, and shows neither a password nor the query.
    """
    if not isinstance(url, str) or not 0 < len(url) <= _MAX_URL:
        raise ValueError("a URL is a string of 1 to %d characters" % _MAX_URL)
    for c in url:
        if not "!" <= c <= "~" or c in '"<>\\^`{|}':
            raise ValueError("a URL has no %r: it is to be percent-encoded" % c)
    scheme, host, target = _parts(url)
    if scheme not in ("http", "https"):
        raise ValueError("a URL begins with https:// or http://: %s" % shown(url))
    _check_user(url, host)
    port = _port(host)
    secure = scheme == "https"
    allowed = _HOST
    if host.startswith("["):
        end = host.find("]")
        host = host[1:end] if end > 0 and host[end + 1 : end + 2] in ("", ":") else ""
        allowed = _ADDRESS
    else:
        host = host.split(":")[0]
    host = host.lower()
    if not 0 < len(host) <= _MAX_HOST or [c for c in host if c not in allowed]:
        raise ValueError("a URL without a proper host: %s" % shown(url))
    number = 443 if secure else 80
    if port:
        if not port.isdigit():
            raise ValueError("a URL whose port is no number")
        number = int(port) if len(port) <= 5 else 0
        if not 0 < number < 65536:
            raise ValueError("port %s: not 1 to 65535" % port[:20])
    return secure, host, number, target


def origin(secure, host, port):
    """What a Host field says, a str: the port only where it is not the scheme's own, because
    presigned URLs are signed so.
    """
    if ":" in host:
        host = "[%s]" % host
    return host if port == (443 if secure else 80) else "%s:%d" % (host, port)


def join(base, location):
    """The URL (str) to which `location` (str) leads, in what came from the URL `base`. It has no
    dot segments and no fragment.

    Raises ValueError where that is from https to http, and for user information in `location`.
    """
    scheme, host, target = _parts(base)
    whole = location
    location = location.split("#")[0]
    if _scheme_end(location) >= 0:
        secure = scheme == "https"
        scheme, host, target = _parts(location)
        if secure and scheme == "http":
            raise ValueError("from https to http")
        _check_user(whole, host)
    elif location.startswith("//"):
        host, target = _parts("http:" + location)[1:]
        _check_user(whole, host)
    elif location:
        path = target.split("?")[0]
        if location.startswith("?"):
            location = path + location
        elif not location.startswith("/"):
            location = path[: path.rfind("/") + 1] + location
        target = _parts(location)[2]
    return scheme + "://" + host + target


def shown(url):
    """`url` as people may see it, a str of at most 100 characters.

    It is without its query, which in a presigned one is a secret. Of one that may have a password
    only the scheme is shown.
    """
    scheme, host, target = _parts(url)
    if _has_user(url, host):
        return scheme + "://..."
    text = scheme + "://" + host + target.split("?")[0]
    return text if len(text) <= _MAX_SHOWN else text[: _MAX_SHOWN - 3] + "..."


def _scheme_end(url):
    at = url.find("://")
    return at if url.find("/") == at + 1 and "?" not in url[: at + 1] else -1


def _has_user(url, host):
    # Whether a user name is in it, or may be. A "/", "?" or "#" in a password ends what is taken
    # for the authority, and makes a port of what is before it: one that is no number.
    port = _port(host)
    return "@" in host or "@" in url and port and not port.isdigit()


def _check_user(url, host):
    if _has_user(url, host):
        raise ValueError("a URL with a user name or password")


def _port(host):
    # What is behind the host in an authority.
    at = host.find("]") if host.startswith("[") else 0
    return host[max(at, 0) :].partition(":")[2]


def _parts(url):
    # Scheme in lower case, authority, path without dot segments, and query.
    url = url.split("#")[0]
    at = _scheme_end(url)
    scheme = ""
    if at >= 0:
        scheme = url[:at].lower()
        url = url[at + 3 :]
    end = len(url)
    for c in "/?":
        found = url.find(c)
        if 0 <= found < end:
            end = found
    path, mark, query = url[end:].partition("?")
    kept = []
    part = ""
    for part in path.split("/")[1:]:  # RFC 3986, 5.2.4
        if part == "..":
            kept = kept[:-1]
        elif part != ".":
            kept.append(part)
    if part in (".", ".."):
        kept.append("")
    return scheme, url[:end], "/" + "/".join(kept) + mark + query
