"""For every pattern of the service models: texts that fit and texts that do not, written by hand.

They are what a test believes instead of the code: nothing here is computed from a pattern.
"""

from botocore.loaders import Loader

_NOT_NAMES = ["", "a b", "a\n", "é", "a%"]

# pattern: (a text that fits, what may be added to it any number of times, texts that do not fit)
_TEXTS = {
    r"(0x)?[a-fA-F0-9]+": ("f", "0", ["", "0x", "0X1", "g", "f\n"]),
    r"([\n\t])|(\r\n)|(,)": (",", "", ["", ";", ",,", "\r", "\n\r"]),
    r"(p0|p0\.1|p0\.01|p1|p10|p50|p90|p99|p99\.9|p99\.99|p100)": (
        "p99.9", "", ["", "p", "p2", "p0x1", "p99.9.9", "P1"]),
    r"[$a-zA-Z0-9:_-]+": ("$", "a", _NOT_NAMES),
    r"[0-9]+": ("0", "9", ["", "x", "-1", "\u0663", "1\n"]),
    r"[A-Z0-9_-]+": ("A", "_", [*_NOT_NAMES, "a"]),
    r"[A-Za-z0-9+/]+={0,2}": ("A", "/", ["", "=", "A===", "=A", "-", "A A"]),
    r"[\p{Graph}\x20]*": ("", "~", ["é", "\t", "a\n", "\x7f"]),
    r"[\p{Upper}\p{Digit}_]+": ("A", "9", ["", "a", "É", "\u0663", "A "]),
    r"[\s\S]*": ("", "\n", []),
    r"[\w+=,.@-]+": ("@", "+", _NOT_NAMES),
    r"[\w.-]+": ("_", ".", [*_NOT_NAMES, "@"]),
    r"[\w.:-]+": ("_", ":", [*_NOT_NAMES, "/"]),
    r"[\w=,@-]+": ("=", ",", [*_NOT_NAMES, "."]),
    r"[^\p{Cntrl}]*": ("", "é", ["\0", "\x1f", "\x7f", "a\n"]),
    r"[^\p{C}]*": ("", "é", ["\0", "\x7f", "\x9f", "\u200b", "\u00ad", "\ue000", "\u0378", "a\n"]),
    r"[^\p{C}]+": ("é", "\U0001f600", ["", "\0", "\x7f", "\u200b", "\ue000", "\u0378", "a\n"]),
    r"[a-fA-F0-9:\.\/]+": (":", "/", ["", "g", "-", "f "]),
    r"[a-fA-F0-9:]+": (":", "f", ["", "g", ".", "f "]),
    r"[a-zA-Z0-9!_.*'()-\/]+": ("a", "(", ["", "@", " ", "[", "a\n"]),
    r"[a-zA-Z0-9-_.]+": ("-", ".", [*_NOT_NAMES, ":"]),
    r"[a-zA-Z0-9._-]+": (".", "_", [*_NOT_NAMES, ":"]),
    r"[a-zA-Z0-9:$.]+": ("$", ".", [*_NOT_NAMES, "_"]),
    r"[a-zA-Z0-9:.]+": (":", ".", [*_NOT_NAMES, "$"]),
    r"[a-zA-Z0-9:_-]+": (":", "-", [*_NOT_NAMES, "a.b", "a/b"]),
    r"[a-zA-Z0-9\-]+": ("-", "a", [*_NOT_NAMES, "_"]),
    r"[a-zA-Z0-9]+": ("a", "9", [*_NOT_NAMES, "-"]),
    r"[a-zA-Z0-9_-]+": ("a", "_", [*_NOT_NAMES, "a:b", "$next"]),
    r"[a-zA-Z0-9_.,@/:#-]+": ("#", "/", [*_NOT_NAMES, "[", "="]),
    r"[a-zA-Z0-9_.,@/:#=\[\]-]*": ("", "]", ["a b", "a\n", "é", "$", "\\"]),
    r"[a-zA-Z0-9_\-\.]+": ("-", ".", [*_NOT_NAMES, ":", "\\"]),
    r"\S{36,64}": ("x" * 36, "é", ["", "x" * 35, "x" * 65, "x" * 36 + " "]),
    r"^([1-9]|[12][0-9]|3[01])$|^LAST$": ("31", "", ["", "0", "32", "111", "LAST1", "last"]),
    r"^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$": ("\u2003", "Ⅷ", ["#", "\t", "a\n", "\u0301"]),
    r"^[.$a-zA-Z0-9_-]+$": ("$", ".", [*_NOT_NAMES, "["]),
    r"^[.\-_/#A-Za-z0-9]+$": ("#", "/", [*_NOT_NAMES, "@"]),
    r"^[0-9-]+$": ("-", "7", ["", "a", "1.0", "1\n"]),
    r"^[0-9A-Za-z_-]+$": ("_", "-", [*_NOT_NAMES, "."]),
    r"^[0-9]*$": ("", "7", ["a", "-1", "1.0", "1\n"]),
    r"^[1-9]+.[0-9]+": ("1.0", "0", ["", "1", "1.", "0.1", "1.x", "1\n0", "1\u20280"]),
    r'^[^_\"][^\"]+$': ("ab", '\n', ["", "a", "_a", 'a"', '"a']),
    r"^[^_].*$": ("a", "_", ["", "_a", "a\nb", "a\x85b", "a\u2028b"]),
    r"^[\x21-\x7E]+$": ("!", "~", ["", " ", "é", "\x7f", "a\n"]),
    r"^[a-zA-Z0-9-_]+$": ("-", "_", [*_NOT_NAMES, "."]),
    r"^[a-zA-Z0-9_]+$": ("a", "_", [*_NOT_NAMES, "-"]),
    r"[a-zA-Z0-9_-]+|^\$next": ("a", "-", ["", "$", "$nex", "$nexts", "a$next", "$next\n"]),
    r"^arn:[!-~]+$": ("arn:a", "~", ["", "arn:", "ARN:a", "arn:a b", "arn:é", "arn:a\n"]),
    r"arn:aws(-cn|-us-gov|-iso-b|-iso)?:acm:[a-z]{2}-(gov-|iso-|isob-)?[a-z]{4,9}-\d{1}:\d{12}:"
    r"certificate/[a-zA-Z0-9/-]+": (
        "arn:aws-cn:acm:cn-north-1:123456789012:certificate/a", "-",
        ["", "arn:aws:acm:eu-west-1:1:certificate/a",
         "arn:aws:acm:eu-west-11:123456789012:certificate/a",
         "arn:aws-eu:acm:eu-west-1:123456789012:certificate/a",
         "arn:aws:acm:eu-west-1:123456789012:certificate/"]),
    r"https://ingestion-[a-zA-Z0-9]{1,12}\.[a-zA-Z0-9]+\.((sfdc-matrix\.net)|(sfdcnow\.com))/streams/"
    r"\w{1,20}/\w{1,20}/event": (
        "https://ingestion-a.b.sfdcnow.com/streams/c/d/event", "",
        ["", "http://ingestion-a.b.sfdcnow.com/streams/c/d/event",
         "https://ingestion-a.b.sfdcnow-com/streams/c/d/event",
         "https://ingestion-a.b.sfdcnow.com/streams/c/é/event",
         "https://ingestion-a.b.sfdcnow.com/streams/c/d/event/"]),
    r"https?://.*": ("http://", "é", ["", "http:/x", "ftp://x", "https//x", "http://a\rb"]),
}  # fmt: skip


def raw_model(service: str) -> dict:
    """The model as botocore ships it, unread by anything else."""
    return Loader().load_service_model(service, "service-2")


def patterns() -> set[str]:
    """Every pattern of both models, whatever uses it."""
    models = [raw_model(service) for service in ("iot", "iot-jobs-data")]
    shapes = [shape for model in models for shape in model["shapes"].values()]
    return {shape["pattern"] for shape in shapes if "pattern" in shape}


def examples(pattern: str) -> tuple[list[str], list[str]]:
    """Texts that fit, texts that do not."""
    start, more, misfits = _TEXTS[pattern]
    return [start] + [start + more * n for n in (1, 2, 7) if more], misfits


def fitting(pattern: str | None, length: int) -> str | None:
    """A text that fits, of this length; None if the table has none."""
    if pattern is None:
        return "é" * length
    start, more, _ = _TEXTS[pattern]
    missing = length - len(start)
    return start + more * missing if missing == 0 or (missing > 0 and more) else None


def known() -> set[str]:
    """The patterns that the table has."""
    return set(_TEXTS)
