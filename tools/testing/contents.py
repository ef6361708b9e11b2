"""What counts of a file for the exhaustive parts that depend on it."""

import functools
import io
import pathlib
import tokenize

import environment

_NOT_COMPILED = (tokenize.ENCODING, tokenize.COMMENT, tokenize.NL)
_LAYOUT = (tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT)


def content(path: pathlib.Path) -> bytes:
    """The bytes of a file. Of the library's modules, what MicroPython compiles: neither comments
    nor docstrings nor empty lines.
    """
    source = path.read_bytes()
    library = environment.ROOT / "lib"
    return _compiled(source) if path.suffix == ".py" and library in path.parents else source


@functools.cache
def _compiled(source):
    try:
        tokens = list(tokenize.tokenize(io.BytesIO(source).readline))
    except (SyntaxError, tokenize.TokenError):  # no Python: then all of it counts
        return source
    kept = []
    statement = []
    for token in tokens:
        if token.type in _NOT_COMPILED:
            continue
        statement.append(token)
        if token.type == tokenize.NEWLINE:
            kept += _without_text(statement)
            statement = []
    lines = (f"{tokenize.tok_name[token.type]} {token.string}" for token in kept)
    return "\n".join(lines).encode()


def _without_text(statement):
    # A statement that is nothing but a string does nothing: it is a docstring.
    says = [token for token in statement if token.type not in _LAYOUT]
    if all(token.type == tokenize.STRING for token in says):
        return [token for token in statement if token.type in _LAYOUT[1:]]
    return statement
