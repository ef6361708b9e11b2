r"""A fault in one line, as `--fault` takes it.

    ACTION [WORD | NAME=VALUE]…

A WORD is a value that can only belong to one member:
- a direction (in, out)
- a packet (PUBLISH)
- an operation (UpdateJobExecution, notify)
- a code (InternalError)
- a place (before, after)
- a copy (same, new)
- a way to refuse (close, silent, connack), to alter a block (short, byte), or to disturb a stream
  (updated, deleted)
- a member that is true (abort, execute, close_notify, hold)

A NAME is a member of `rule`; a VALUE with spaces is quoted as in a shell. A text that begins with
{ is the JSON object itself.

    drop out PUBLISH topic=$aws/things/+/jobs/notify nth=2
    delay out UpdateJobExecution seconds=3 hold=false times=1
    duplicate out notify-next new
    cut out StartNextPendingJobExecution at=20 abort
    reject InternalError execute operation=UpdateJobExecution share=0.1
    refuse connack seconds=20 nth=2
    alter GetStream byte nth=7
    disturb GetStream changed nth=3
"""

import json
import shlex

from .. import strict_json
from ..errors import InvalidRequestError
from . import kinds
from .operations import OPERATIONS

_TEXTS = ("topic", "client", "thing")
_WORDS = {
    **dict.fromkeys(kinds.DIRECTIONS, "direction"),
    **dict.fromkeys(kinds.PACKETS, "packet"),
    **dict.fromkeys(OPERATIONS, "operation"),
    **dict.fromkeys(kinds.CODES, "code"),
    **dict.fromkeys(kinds.PLACES, "at"),
    **dict.fromkeys(kinds.COPIES, "copy"),
    **{word: "how" for words in kinds.HOWS.values() for word in words},
}

_FLAGS = ("abort", "close_notify", "execute", "hold")


def parse_text(text: str) -> dict:
    """The rule of a text, for `Faults.add`, which checks it.

    InvalidRequestError for a text that is none: an unknown word, a member given twice.
    """
    if text.lstrip().startswith("{"):
        try:
            return strict_json.loads(text)
        except ValueError as error:
            raise InvalidRequestError(f"The fault is not valid JSON: {error}") from None
    try:
        action, *words = shlex.split(text)
    except ValueError as error:
        raise InvalidRequestError(f"The fault cannot be read: {error}: {text!a}") from None
    rule: dict = {"action": action}
    for word in words:
        name, value = _member(word)
        if name in rule:
            raise InvalidRequestError(f"{name} is given twice: {text!a}")
        rule[name] = value
    return rule


def _member(word: str) -> tuple[str, object]:
    name, equals, value = word.partition("=")
    if equals:
        return name, value if name in _TEXTS else _value(value)
    if word in _WORDS:
        return _WORDS[word], word
    if word in _FLAGS:
        return word, True
    raise InvalidRequestError(
        f"{word!a} is none of the words {', '.join((*_WORDS, *_FLAGS))}, and no NAME=VALUE"
    )


def _value(text: str) -> object:
    """A number or boolean as JSON writes it, else the text."""
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return value if isinstance(value, bool | int | float) else text
