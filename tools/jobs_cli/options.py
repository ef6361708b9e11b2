"""The command line: options with values and switches, read by the rules of Python's argparse, in
which `aws` is written.

- `--opt value` and `--opt=value` are the same.
- A unique beginning of an option's name is enough.
- The last of several counts.
- A value may begin with a minus only if it is a number, has a space in it, or comes after `=`.
- Behind `--` nothing is an option.
"""

from errors import UsageError

TEXT, INTEGER, SECONDS, SWITCH, CHOICE = range(5)
_MAX_SECONDS = 86_400


class Option:
    """`--flag`, whose value of this kind is kept under `name`. A SWITCH stores `given`; a CHOICE
    does so where no value follows, else its value is one of `choices`.
    """

    def __init__(self, flag, name, kind, given=None, choices=()):
        self.flag = flag
        self.name = name
        self.kind = kind
        self.given = given
        self.choices = choices


class Arguments:
    """A command line, read bit by bit: the options before the command, then the command's own."""

    def __init__(self, arguments):
        self._rest = list(arguments)
        self.values = {}  # of the options, by name
        self.extra = []  # unknown options, and what is none

    def read(self, options, until_command=False):
        """Read all that is left; or return the first argument that is no option, if there is one.

        Raises UsageError for an option that lacks its value, or has one of the wrong kind.
        """
        options = {option.flag: option for option in options}
        positional = False  # behind `--`
        while self._rest:
            argument = self._rest.pop(0)
            if argument == "--" and not positional:
                positional = True
                continue
            found = None if positional else _match(argument, options)
            if found is None and until_command:
                return argument
            if argument == "help" and not positional:
                self.values["help"] = True
            elif found is None or found not in options:
                self.extra.append(argument)
            else:
                option = options[found]
                value = argument.split("=", 1)[1] if "=" in argument else None
                self.values[option.name] = self._value(option, value, options)
        return None

    def _value(self, option, value, options):
        if option.kind == SWITCH:
            if value is not None:
                raise UsageError("%s takes no value: %s" % (option.flag, value))
            return option.given
        if value is None and self._rest:
            following = self._rest[0]
            if following != "--" and _match(following, options) is None:
                value = self._rest.pop(0)
        if value is None:
            if option.kind == CHOICE:
                return option.given
            raise UsageError("%s: a value is missing" % option.flag)
        if option.kind == INTEGER:
            return _integer(option.flag, value)
        if option.kind == SECONDS:
            return _seconds(option.flag, value)
        if option.kind == CHOICE and value not in option.choices:
            wanted = " or ".join(option.choices)
            raise UsageError("%s: %s, not '%s'" % (option.flag, wanted, value))
        return value


def _match(argument, options):
    # The flag that the argument stands for. It is the argument itself where that looks like an
    # option but is none, and None where it does not look like one.
    if argument[:1] != "-" or argument == "-":
        return None
    if argument in options:
        return argument
    name = argument.split("=", 1)[0]
    if name in options:
        return name
    if name[:2] == "--":
        found = [flag for flag in options if flag.startswith(name)]
        if len(found) > 1:
            raise UsageError("%s may be %s" % (name, " or ".join(sorted(found))))
        if found:
            return found[0]
    return None if " " in argument or _is_number(argument[1:]) else argument


def _is_number(text):
    parts = text.split(".")
    return len(parts) < 3 and parts[-1].isdigit() and (parts[0].isdigit() or not parts[0])


def _integer(flag, text):
    digits = text.strip()
    if digits[:1] in ("+", "-"):
        digits = digits[1:]
    for part in digits.split("_"):
        if not part.isdigit():
            raise UsageError("%s: not an integer: '%s'" % (flag, text))
    return int(text)


def _seconds(flag, text):
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0
    if not 0.001 <= seconds <= _MAX_SECONDS:
        raise UsageError("%s: not a number of seconds: '%s'" % (flag, text))
    return seconds
