"""The commands carried out, each from its options to what is printed."""

import connection
import ordered
import parameters
import request
import skeletons
import usage
from commands import BOOLEAN, COMMANDS, LONG, dashed
from errors import Failure, UsageError
from options import CHOICE, INTEGER, SWITCH, TEXT, Arguments, Option

_COMMANDS = {command.name: command for command in COMMANDS}
_PENDING = COMMANDS[0]
_INPUT, _OUTPUT = "input", "output"


def run(arguments):
    """Do what the arguments say. Raises UsageError and Failure."""
    line = Arguments(arguments)
    name = line.read(connection.OPTIONS, until_command=True)
    if "help" in line.values or name == "help":
        print(usage.overview(), end="")
    elif name == usage.WATCH:
        _watch(line)
    elif name in _COMMANDS:
        _ask(_COMMANDS[name], line)
    else:
        names = ", ".join([command.name for command in COMMANDS] + [usage.WATCH])
        what = "a command is missing" if name is None else "no command '%s'" % name
        raise UsageError("%s: %s" % (what, names))


def _ask(command, line):
    line.read(connection.OPTIONS + _options(command))
    values = line.values
    if "help" in values:
        print(usage.of(command), end="")
        return
    skeleton = values.get("skeleton")
    given = values.get("input_json")
    _check(line, command.required if skeleton != _INPUT and given is None else ())
    members = parameters.gather(command, values, given)
    if skeleton == _INPUT:
        print(ordered.dumps(skeletons.of_input(command)))
        return
    parameters.check(command, members)
    if skeleton == _OUTPUT:
        print(ordered.dumps(skeletons.of_output(command.output)))
        return
    answer = request.ask(command, members, connection.Settings(values, members["thingName"]))
    if answer:
        print(ordered.dumps(answer))


def _watch(line):
    line.read(connection.OPTIONS + (Option("--thing-name", "thingName", TEXT),))
    if "help" in line.values:
        print(usage.of_watch(), end="")
        return
    _check(line, _PENDING.required)
    members = parameters.gather(_PENDING, line.values, None)
    parameters.check(_PENDING, members)
    settings = connection.Settings(line.values, members["thingName"], mqtt=True)
    import watch

    watch.follow(settings, members["thingName"])


def _options(command):
    options = [
        Option(parameters.INPUT_JSON, "input_json", TEXT),
        Option("--generate-cli-skeleton", "skeleton", CHOICE, _INPUT, (_INPUT, _OUTPUT)),
    ]
    for name, kind in command.members:
        flag = dashed(name)
        if kind == BOOLEAN:
            options.append(Option("--" + flag, name, SWITCH, True))
            options.append(Option("--no-" + flag, name, SWITCH, False))
        else:
            options.append(Option("--" + flag, name, INTEGER if kind == LONG else TEXT))
    return tuple(options)


def _check(line, required):
    missing = ["--" + dashed(name) for name in required if name not in line.values]
    if missing:
        raise UsageError("the following arguments are required: %s" % ", ".join(missing))
    if line.extra:
        raise Failure("%s\n\nUnknown options: %s" % (usage.HINT, ", ".join(line.extra)))
