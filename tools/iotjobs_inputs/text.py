"""Text files. Editors of Windows put a byte order mark in front, and end lines in another way."""

_MARK = b"\xef\xbb\xbf"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


def unmarked(data):
    """The bytes of a file without its byte order mark. Raises ValueError for UTF-16."""
    if data[:2] in _UTF_16:
        raise ValueError("it is text in UTF-16: save it as UTF-8")
    return data[len(_MARK) :] if data.startswith(_MARK) else data


def text(data):
    """The text of a file's bytes: without its byte order mark, and with "\\n" for each line end.

    Raises ValueError, which says what it is, for what is not UTF-8.
    """
    data = unmarked(data)
    try:
        found = str(data, "utf-8")
    except UnicodeError:
        found = None
    if found is None:  # outside of the handler: what Python says of it has a part of the text
        raise ValueError("it is not text in UTF-8")
    return found.replace("\r\n", "\n").replace("\r", "\n")
