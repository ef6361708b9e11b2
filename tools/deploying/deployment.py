"""The deploy, from what the command line says to the last word."""

import datetime
import pathlib
import sys
import time

import environment
from iotjobs_inputs import typed
from iotjobs_inputs.text import unmarked
from iotjobs_wire import facts, library, plan, ports
from iotjobs_wire.board import Board
from iotjobs_wire.clock import set_clock
from iotjobs_wire.errors import DeployError, UsageError
from iotjobs_wire.needed import handler_names
from iotjobs_wire.remote import Remote

from . import application, credentials, monitor, provisioned, settings, trial
from .output import Output

FAILED = 1
MISUSED = 2

_LIB = "/lib"
_SOURCES = library.Sources(environment.LIB, environment.UMQTT)
# Where a library can be that hides a frozen one: of sys.path only "" comes before ".frozen".
_BEFORE_FROZEN = ""


def run(arguments) -> int:
    """Deploy as `arguments`, those of `command`'s parser, say; the exit code."""
    output = Output()
    try:
        _deploy(arguments, output)
    except DeployError as error:
        print(f"deploy: {error}", file=sys.stderr)
        return MISUSED if isinstance(error, UsageError) else FAILED
    return 0


def _deploy(arguments, output: Output):
    started = time.monotonic()
    now = datetime.datetime.now(datetime.timezone.utc)
    # All that can be wrong on this side is found before a board is touched.
    handlers = library.chosen("--handlers", arguments.handlers, handler_names(_SOURCES.package))
    parts = library.chosen("--with", arguments.parts, library.PARTS)
    parts += [f"handlers/{name}" for name in handlers]
    app, told = application.files(arguments.app) if arguments.app else ([], [])
    cert, key, cas, of_thing = arguments.cert, arguments.key, arguments.ca, {}
    if arguments.thing is not None:
        cert, key, ca, of_thing = provisioned.device(arguments.thing, arguments.things)
        cas = [ca, *cas]
        app, of_thing = provisioned.with_settings(app, of_thing)
    keys = credentials.files(cert, key, cas, lambda: _password(arguments), now)
    patch = of_thing | settings.given(
        arguments.settings, arguments.set, arguments.set_from, arguments.ask, _ask
    )
    port = ports.find(arguments.port)
    with Board(port, arguments.timeout) as board:
        board.interrupt()
        with board.going_on_if_refused():
            found = facts.of(board)
            output.say(f"deploy: {found.described()}, at {port}")
            for line in told:
                output.say(f"deploy: --app: {line}")
            facts.check(found, environment.OLDEST_MICROPYTHON, arguments.board, arguments.source)
            credentials.check_chip(keys, found.machine)
            remote = Remote(board)
            place, wanted = _library(arguments, parts, found, output)
            new_settings, changed = settings.files(patch, remote, arguments.replace_settings)
            files = plan.one_of_each(
                ("iotjobs", wanted),
                ("the certificates", keys),
                ("the settings", new_settings),
                ("the application", app),
            )
            todo = plan.make(files, place, remote, output.passing("comparing"))
            plan.check_room(todo, *found.room)
        if arguments.dry_run:
            output.planned(todo)
            summed = _summed(todo, "to write", "to remove")
            board.leave(restart=True)
            output.say(f"deploy: {summed}; nothing is changed, and the board starts again")
            return
        _carry_out(todo, remote, output)
        if changed:
            output.say(f"deploy: settings changed: {', '.join(changed)}")
        why_not = set_clock(board, now_utc())
        _tell_clock(why_not, output)
        board.interrupt()
        _verify(board, place, parts, output)
        if keys:
            output.say(f"deploy: for the program: {_named(keys)}")
        took = time.monotonic() - started
        output.say(f"deploy: {_summed(todo, 'written', 'removed')}, in {took:.1f} s")
        _finish(arguments, board, output)


def now_utc() -> datetime.datetime:
    """The time here."""
    return datetime.datetime.now(datetime.timezone.utc)


def _library(arguments, parts, found, output):
    """The folder of the library on the board, "" for its firmware, and the files for it."""
    if found.frozen and not arguments.force:
        output.say("deploy: iotjobs is in its firmware: not copied (--force does, into /iotjobs)")
        return "", []
    folder = _BEFORE_FROZEN if found.frozen else _LIB
    march = found.march
    output.say(
        "deploy: as source"
        if arguments.source
        else f"deploy: compiled for {march}"
        if march
        else "deploy: compiled, without native code: the board loads none"
    )
    files = library.files(
        _SOURCES, folder, parts, march, arguments.source, output.passing("compiling")
    )
    if "mqtt" in parts and not found.has_umqtt:
        files = library.umqtt(_SOURCES, _LIB, march, arguments.source) + files
    return f"{folder}/iotjobs", files


def _carry_out(todo: plan.Plan, remote: Remote, output: Output):
    for path, is_folder in todo.remove:
        remote.remove(path, is_folder)
        output.removed(path)
    for number, file in enumerate(todo.write, 1):
        remote.write(file.path, file.content, file.sha256)
        output.wrote(number, len(todo.write), file)


def _tell_clock(why_not: str | None, output: Output):
    if why_not is None:
        output.say(f"deploy: its clock is set: {now_utc():%Y-%m-%d %H:%M:%S} UTC")
    else:
        output.say(f"deploy: its clock is NOT set ({why_not}): the program must do it (ntptime)")


def _verify(board: Board, place: str, parts: list[str], output: Output):
    result = trial.imports(board, place, [part for part in parts if part in trial.LINKS])
    output.say(
        f"deploy: iotjobs {result.version} is imported there: its agent takes {result.taken:,}"
        f" bytes of heap, {result.free:,} are free"
    )
    for link, reason in result.unusable.items():
        output.say(f"deploy: {trial.LINKS[link]} cannot be used with this firmware: {reason}")


def _finish(arguments, board: Board, output: Output):
    if arguments.reset:
        board.leave(restart=True)
        output.say("deploy: the board starts again")
    else:
        board.leave()
    if arguments.monitor:
        if not arguments.reset:
            board.soft_reset()
        output.say("deploy: this is what it prints; Ctrl-C ends it")
        try:
            monitor.follow(board, sys.stdout.buffer, output)
        except KeyboardInterrupt:
            print()
    elif not arguments.reset:
        output.say("deploy: it waits at its prompt: --reset or --monitor starts its program")


def _summed(todo: plan.Plan, written: str, removed: str) -> str:
    there = f"{_count(len(todo.same), 'file')} there already"
    if not (todo.write or todo.remove):
        return f"nothing to do, {there}"
    parts = [f"{_count(len(todo.write), 'file')} of {todo.size():,} bytes {written}"]
    if todo.remove:
        parts.append(f"{len(todo.remove)} {removed}")
    return ", ".join([*parts, there])


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _named(keys) -> str:
    paths = {file.path for file in keys}
    words = []
    if credentials.CERT in paths:
        words += [f'cert="{credentials.CERT}"', f'key="{credentials.KEY}"']
    if credentials.CA in paths:
        words.append(f"ca={credentials.ca_argument(keys)}")
    return ", ".join(words)


def _password(arguments) -> bytes:
    path: pathlib.Path | None = arguments.key_password_file
    if path is not None:
        try:
            return unmarked(path.read_bytes()).rstrip(b"\r\n")
        except OSError as error:
            raise DeployError(f"--key-password-file: {path}: {error.strerror}") from None
        except ValueError as error:
            raise DeployError(f"--key-password-file: {path}: {error}") from None
    key = arguments.key
    way_out = "--key-password-file reads a file"
    return _typed(f"password of {key}", f"--key: {key} is encrypted", way_out).encode()


def _ask(name: str) -> str:
    return _typed(name, f"--ask {name}", "--set-from NAME=FILE reads a file")


def _typed(what: str, why: str, way_out: str) -> str:
    """What a person types, which is not shown. Raises DeployError where nobody does."""
    found = "there is no terminal"
    if sys.stdin.isatty():
        try:
            return typed.secret(f"{what}: ")
        except typed.NotTypedError as error:
            found = error
    raise DeployError(f"{why}: {found}; {way_out}")
