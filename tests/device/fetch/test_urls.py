"""URLs: what is one, what is asked for, and what people may see of it."""

from iotjobs.fetch.urls import join, origin, shown, split
from support import equal, raises

VALID = (
    # URL, its parts, the Host field
    ("http://a", (False, "a", 80, "/"), "a"),
    ("https://a", (True, "a", 443, "/"), "a"),
    ("HTTPS://A.Example/B", (True, "a.example", 443, "/B"), "a.example"),
    ("http://a?b", (False, "a", 80, "/?b"), "a"),
    ("http://a#b", (False, "a", 80, "/"), "a"),
    ("http://a/b?c=d/e?f:@#g?h", (False, "a", 80, "/b?c=d/e?f:@"), "a"),
    ("http://a/b@1/c?d@e", (False, "a", 80, "/b@1/c?d@e"), "a"),
    ("http://a:1/b@2x?c@d", (False, "a", 1, "/b@2x?c@d"), "a:1"),
    ("http://a/b?c=https://d", (False, "a", 80, "/b?c=https://d"), "a"),
    ("http://a:1/", (False, "a", 1, "/"), "a:1"),
    ("http://a:443/", (False, "a", 443, "/"), "a:443"),
    ("https://a:443/", (True, "a", 443, "/"), "a"),
    ("https://a:65535", (True, "a", 65535, "/"), "a:65535"),
    ("http://a:/b", (False, "a", 80, "/b"), "a"),
    ("http://1.2.3.4:8080/b", (False, "1.2.3.4", 8080, "/b"), "1.2.3.4:8080"),
    ("http://[::1]/b", (False, "::1", 80, "/b"), "[::1]"),
    ("http://[FE80::1]:81/b", (False, "fe80::1", 81, "/b"), "[fe80::1]:81"),
    (
        "http://a_b-c.d/%20/e;f,g!$&'()*+~",
        (False, "a_b-c.d", 80, "/%20/e;f,g!$&'()*+~"),
        "a_b-c.d",
    ),
    ("http://a/b/./c/../d?e/../f", (False, "a", 80, "/b/d?e/../f"), "a"),
    ("http://a/../../b/..", (False, "a", 80, "/"), "a"),
    ("http://a/b/%2e%2e/...", (False, "a", 80, "/b/%2e%2e/..."), "a"),
    ("http://a//b///../c", (False, "a", 80, "//b//c"), "a"),
    ("http://a/" + "b" * 2039, (False, "a", 80, "/" + "b" * 2039), "a"),
    ("http://" + "a" * 253, (False, "a" * 253, 80, "/"), "a" * 253),
)

INVALID = (
    # a part of what is said of each of these
    ("1 to 2048", None, b"http://a", "", "http://a/" + "b" * 2040),
    ("begins with", "a", "/a", "http:/a", "http:a", "://a", "x?http://a"),
    ("begins with", "ftp://a/b", "file:///etc/passwd"),
    ("proper host", "http://", "http:///b", "http://?b", "http://:80/", "http://a,b/"),
    ("proper host", "http://a%20b/", "http://" + "a" * 254, "http://[::1/", "http://[::1]x/"),
    ("proper host", "http://[]/", "http://[a.example]/"),
    ("user name", "http://user@a/", "http://user:pass@a/"),
    ("port 0", "http://a:0/"),
    ("port 65536", "http://a:65536/"),
    ("port 123456", "http://a:123456/"),
    ("port is no number", "http://a:+80/", "http://a:80:80/", "http://a:x/", "http://[::1]:x/"),
)

# A password, here with the digits 777 in it, whose other characters make it a port, a path, a
# query, a fragment, or an address.
PASSWORDS = (
    "https://bob:x777@a/b",
    "https://bob:x777/3@a/b",
    "https://bob:x777#3@a/b",
    "https://bob:x777?3@a/b",
    "https://bob:x/777@a/b",
    "https://bob:x@y/777@a/b",
    "https://bob:x]777/3@a/b",
    "https://[bob:x777/3@a/b",
    "https://[::1]:x777/3@a/b",
    "https://b,ob:x777/3@a/b",
)


def test_a_url_falls_into_its_parts():
    for url, parts, host in VALID:
        equal(split(url), parts, url)
        equal(origin(*parts[:3]), host, url)


def test_what_is_no_url_is_named_without_its_query():
    for why, *urls in INVALID:
        for url in urls:
            error = raises(ValueError, split, url)
            equal(why in str(error), True, (url, error))
            if isinstance(url, str):
                message = str(raises(ValueError, split, url + "?secret"))
                equal("secret" in message, False, message)


def test_a_password_is_never_shown():
    for url in PASSWORDS:
        error = str(raises(ValueError, split, url))
        equal("user name or password" in error, True, (url, error))
        equal("777" in shown(url), False, (url, shown(url)))
        for other in ("ftp" + url[5:], url[8:]):
            error = str(raises(ValueError, split, other))
            equal("777" in error, False, (other, error))
        for location in (url, url[6:]):
            error = str(raises(ValueError, join, "https://a/b", location))
            equal("user name or password" in error, True, (location, error))


def test_no_character_gets_into_a_request_that_no_url_has():
    for code in list(range(0x21)) + [0x7F, 0x80, 0xE9, 0x2028] + [ord(c) for c in '"<>\\^`{|}']:
        for url in ("http://a/%s", "http://a%s/", "http://a/b?%s", "http://a/#%s", "%shttp://a"):
            error = raises(ValueError, split, url % chr(code))
            equal("a URL has no" in str(error), True, code)


def test_what_people_see_has_no_query_and_no_user():
    for url, wanted in (
        ("https://a.b:1/c?X-Amz-Signature=secret", "https://a.b:1/c"),
        ("https://a?secret", "https://a/"),
        ("https://a/b/../c?secret", "https://a/c"),
        ("https://a/b#secret", "https://a/b"),
        ("https://me:secret@a/b", "https://..."),
        ("https://a.b/c@1/d", "https://a.b/c@1/d"),
        ("https://[::1]:2/c", "https://[::1]:2/c"),
        ("http://a/" + "b" * 91, "http://a/" + "b" * 91),
        ("http://a/" + "b" * 92, "http://a/" + "b" * 88 + "..."),
    ):
        equal(shown(url), wanted)


# RFC 3986, 5.4, for the base http://a/b/c/d;p?q, without what has another scheme.
OF_THE_RFC = (
    ("g", "http://a/b/c/g"),
    ("./g", "http://a/b/c/g"),
    ("g/", "http://a/b/c/g/"),
    ("/g", "http://a/g"),
    ("//g", "http://g/"),
    ("?y", "http://a/b/c/d;p?y"),
    ("g?y", "http://a/b/c/g?y"),
    ("#s", "http://a/b/c/d;p?q"),
    ("g#s", "http://a/b/c/g"),
    ("g?y#s", "http://a/b/c/g?y"),
    (";x", "http://a/b/c/;x"),
    ("g;x", "http://a/b/c/g;x"),
    ("g;x?y#s", "http://a/b/c/g;x?y"),
    ("", "http://a/b/c/d;p?q"),
    (".", "http://a/b/c/"),
    ("./", "http://a/b/c/"),
    ("..", "http://a/b/"),
    ("../", "http://a/b/"),
    ("../g", "http://a/b/g"),
    ("../..", "http://a/"),
    ("../../", "http://a/"),
    ("../../g", "http://a/g"),
    ("../../../g", "http://a/g"),
    ("../../../../g", "http://a/g"),
    ("/./g", "http://a/g"),
    ("/../g", "http://a/g"),
    ("g.", "http://a/b/c/g."),
    (".g", "http://a/b/c/.g"),
    ("g..", "http://a/b/c/g.."),
    ("..g", "http://a/b/c/..g"),
    ("./../g", "http://a/b/g"),
    ("./g/.", "http://a/b/c/g/"),
    ("g/./h", "http://a/b/c/g/h"),
    ("g/../h", "http://a/b/c/h"),
    ("g;x=1/./y", "http://a/b/c/g;x=1/y"),
    ("g;x=1/../y", "http://a/b/c/y"),
    ("g?y/./x", "http://a/b/c/g?y/./x"),
    ("g?y/../x", "http://a/b/c/g?y/../x"),
    ("g#s/../x", "http://a/b/c/g"),
)


def test_a_reference_leads_where_the_rfc_says():
    for location, wanted in OF_THE_RFC:
        equal(join("http://a/b/c/d;p?q", location), wanted, location)


def test_a_redirect_leads_somewhere():
    base = "http://a.b:1/c/d?e=/f/g"
    for location, wanted in (
        ("https://x/y?z#w", "https://x/y?z"),
        ("https://x/y/../z?z/../w", "https://x/z?z/../w"),
        ("//x/y/./z", "http://x/y/z"),
        ("/y?z", "http://a.b:1/y?z"),
        ("?u=http://x", "http://a.b:1/c/d?u=http://x"),
        ("y?u=http://x", "http://a.b:1/c/y?u=http://x"),
        ("/y?u=http://x", "http://a.b:1/y?u=http://x"),
    ):
        equal(join(base, location), wanted, location)
    equal(join("http://a", "b"), "http://a/b")


def test_what_came_over_https_does_not_lead_to_http():
    for base, location, ends in (
        ("https://a/b", "http://a/c", True),
        ("HTTPS://a/b", "HTTP://a/c", True),
        ("https://a/b", "https://c", False),
        ("https://a/b", "//c", False),
        ("https://a/b", "?d=http://c", False),
        ("http://a/b", "https://c", False),
        ("http://a/b", "http://c", False),
    ):
        if ends:
            equal(str(raises(ValueError, join, base, location)), "from https to http", location)
        else:
            join(base, location)
