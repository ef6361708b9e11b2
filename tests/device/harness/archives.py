"""Archives (tar, ustar), as bytes."""

_END = 2 * 512


def archive(files, end=_END):
    """Of `files`, a dict of path to bytes, by path; with so many zeros behind the last."""
    made = b""
    for path in sorted(files):
        made += entry(path, files[path])
    return made + bytes(end)


def entry(path, data=b"", kind=b"0", magic=b"ustar\x0000", before="", size=None):
    """A file or folder with what is before it."""
    fields = (
        (path.encode(), 100),
        (b"0000644\0", 8),
        (b"0000000\0", 8),
        (b"0000000\0", 8),
        (b"%011o\0" % (len(data) if size is None else size), 12),
        (b"00000000000\0", 12),
        (b" " * 8, 8),
        (kind, 1),
        (b"", 100),
        (magic, 8),
        (b"", 80),
        (before.encode(), 155),
        (b"", 12),
    )
    head = b"".join([value + bytes(width - len(value)) for value, width in fields])
    head = head[:148] + b"%06o\0 " % sum(head) + head[156:]
    return head + data + bytes(-len(data) % 512)
