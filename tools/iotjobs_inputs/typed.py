"""What a person types at a terminal."""

import getpass
import sys


class NotTypedError(Exception):
    """There is no text; the message says why, and has nothing of what was typed."""


def secret(prompt: str) -> str:
    """What is typed, which is not shown. Raises NotTypedError."""
    try:
        typed = getpass.getpass(prompt)
        typed.encode()  # stdin, where there is no /dev/tty, lets any bytes pass
        return typed
    except EOFError:  # Ctrl-D
        why = "nothing was typed"
    except UnicodeError as error:
        why = f"what was typed is not text in {error.encoding.upper()}"
    print(file=sys.stderr)  # getpass ends the line only where all went well
    # Outside of the handler: what Python says of it has a part of the text.
    raise NotTypedError(why)
