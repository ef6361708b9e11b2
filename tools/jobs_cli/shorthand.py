"""The shorthand of `aws` for a map: key=value,key2="quoted, value",key3@=file://path

A value without quotes ends at a comma (which `\\,` is not), and spaces around it do not count.
Where a comma is not followed by another key, the value is a list; [a,b] is one too, {k=v} a map.
What is read here is what `aws` reads, so that a list in a map of strings is refused for what it
is.
"""

from collections import OrderedDict

import paramfile

_KEY = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.#/:"
_ASCII_SPACES = " \t\n\r\v\f"
# Unicode's, of which none is left at the end of a value without quotes.
_SPACES = _ASCII_SPACES + (
    "\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009"
    "\u200a\u2028\u2029\u202f\u205f\u3000"
)
# Characters with which a value without quotes does not begin, and those that end it. The value is
# the first one behind a key, or one in a list.
_NO_BEGIN = "\"',=[{"
_FIRST_ENDS = "\"',]}"
_LATER_ENDS = "\"',="


class ShorthandError(ValueError):
    """The text is no shorthand; the message says what was expected, and shows where."""


def parse(text):
    """The map that the text stands for, OrderedDict of str to str, list or OrderedDict; to bytes
    for the content of a fileb://. Raises ShorthandError, and Failure for a file.
    """
    return _Parser(text).parameter()


class _Parser:
    def __init__(self, text):
        self._text = list(text)  # characters, found at once; those of a str are counted through
        self._at = 0
        self._from_file = False  # the value is to be read from the file that it names

    def parameter(self):
        found = OrderedDict()
        self._member(found, self._values)
        while self._now():
            before = self._at
            self._expect(",")
            self._member(found, self._values, before)
        return found

    def _member(self, found, read, before=0):
        key = self._key()
        self._skip_spaces()
        self._from_file = self._now() == "@"
        if self._from_file:
            self._at += 1
        self._expect("=")
        value = read()
        if before and key in found:
            self._at = before + 1
            raise ShorthandError('Second instance of key "%s"%s' % (key, self._where()))
        found[key] = value

    def _key(self):
        start = self._at
        while self._now() and self._now() in _KEY:
            self._at += 1
        return self._between(start, self._at)

    def _values(self):
        if self._now() in ("[", "{"):
            return self._nested()
        found = [self._value(_FIRST_ENDS)]
        self._skip_spaces()
        if self._now() != ",":
            return found[0]
        self._expect(",")
        while True:
            try:
                value = self._value(_LATER_ENDS, required=True)
                self._skip_spaces()
                at_end = not self._now()
                if not at_end:
                    self._expect(",")
            except ShorthandError:
                if not self._now():
                    raise
                while self._now() != ",":  # it was a key: the comma before it ends this value
                    self._at -= 1
                break
            found.append(value)
            if at_end:
                break
        return found if len(found) > 1 else found[0]

    def _nested(self):
        if self._now() == "[":
            items = []
            self._until("]", lambda: items.append(self._element()))
            return items
        members = OrderedDict()
        self._until("}", lambda: self._member(members, self._element))
        return members

    def _element(self):
        return self._nested() if self._now() in ("[", "{") else self._value(_FIRST_ENDS)

    def _until(self, end, read):
        self._at += 1
        self._skip_spaces()
        while self._now() != end:
            read()
            self._skip_spaces()
            if self._now() != end:
                self._expect(",")
        self._at += 1

    def _value(self, ends, required=False):
        if self._now() in ('"', "'"):
            value = self._quoted(self._now())
        else:
            start = self._at
            value = self._plain(ends)
            if required and start == self._at:
                raise self._expected("a value")
        return paramfile.read(value, "--status-details") if self._from_file else value

    def _quoted(self, quote):
        text = self._text
        size = len(text)
        start = at = self._at + 1
        escaped = 0
        while at < size and text[at] != quote:
            if text[at] == "\\" and text[at + 1 : at + 2] == [quote]:
                at += 1
                escaped = at
            at += 1
        if at >= size:
            if not escaped:
                raise self._expected("text in %s" % quote)
            at = escaped  # the last escaped quote is the end, after a backslash that is none
        self._at = at + 1
        value = self._between(start, at)
        return value.replace("\\" + quote, quote).replace("\\\\", "\\")

    def _plain(self, ends):
        text = self._text
        start = at = self._at
        while at < len(text):
            now = text[at]
            if now == "\\" and text[at + 1 : at + 2] == [","]:
                at += 2
                continue
            if now > "\uffff":  # `aws` wants quotes around these
                break
            if at == start:
                if now <= " " or now in _NO_BEGIN:
                    break
            elif now in ends or (now < " " and now not in _SPACES):
                break
            at += 1
        self._at = at
        while at > start and text[at - 1] in _SPACES:
            at -= 1
        return self._between(start, at).replace("\\,", ",")

    def _between(self, start, end):
        return "".join(self._text[start:end])

    def _now(self):
        return self._text[self._at] if self._at < len(self._text) else ""

    def _skip_spaces(self):
        while self._now() and self._now() in _ASCII_SPACES:
            self._at += 1

    def _expect(self, wanted):
        self._skip_spaces()
        if self._now() != wanted:
            raise self._expected("'%s'" % wanted)
        self._at += 1
        self._skip_spaces()

    def _expected(self, what):
        got = "'%s'" % self._now() if self._now() else "the end"
        return ShorthandError("Expected: %s, received: %s%s" % (what, got, self._where()))

    def _where(self):
        before = self._between(0, self._at).split("\n")
        line = "".join(self._text).split("\n")[len(before) - 1]
        return " for input:\n%s\n%s^" % (line, " " * len(before[-1]))
