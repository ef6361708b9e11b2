"""PEM files as people have them: each a name, and what it makes of blocks, which are PEM as
`cryptography` writes it.
"""

BOM = b"\xef\xbb\xbf"


def _described(block):
    return b"# Amazon Root CA 1\n# Subject: CN=M\xfcller -- a comment in Latin-1\n\n" + block


PEM_FILES = {
    "as it is": lambda *blocks: b"".join(blocks),
    "CRLF": lambda *blocks: b"".join(blocks).replace(b"\n", b"\r\n"),
    "CR": lambda *blocks: b"".join(blocks).replace(b"\n", b"\r"),
    "a byte order mark": lambda *blocks: BOM + b"".join(blocks),
    "a mark before each, as of joined files": lambda *blocks: b"".join(BOM + b for b in blocks),
    "a mark and CRLF": lambda *blocks: BOM + b"".join(blocks).replace(b"\n", b"\r\n"),
    "comments": lambda *blocks: b"".join(_described(block) for block in blocks),
    "an explanation before and after": lambda *blocks: b"who: me\n" + b"\n\n".join(blocks) + b"!",
    "empty lines in the blocks": lambda *blocks: b"".join(blocks).replace(b"\n", b"\n\n"),
    "indented": lambda *blocks: b"  " + b"".join(blocks).replace(b"\n", b" \n\t"),
    "without an end of a line": lambda *blocks: b"".join(block.strip() for block in blocks),
    "in one line": lambda *blocks: b"".join(blocks).replace(b"\n", b" "),
    "lines of any length": lambda *blocks: b"".join(_rewrapped(block) for block in blocks),
    "a block of another kind first": lambda *blocks: _PARAMETERS + b"".join(blocks),
}

_PARAMETERS = b"-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"


def _rewrapped(block):
    head, _, rest = block.partition(b"-----\n")
    body, _, tail = rest.partition(b"-----END")
    return head + b"-----\n" + b"".join(body.split()) + b"\n-----END" + tail
