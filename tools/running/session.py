"""A program beside a service: what it needs is put onto its board, and the board started."""

import argparse
import contextlib
import json
import shlex
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from iotjobs_desk import needs, words
from iotjobs_desk.errors import RunError
from iotjobs_desk.program import Program
from iotjobs_desk.service import Service
from iotjobs_desk.strangers import Strangers
from iotjobs_desk.thing import NAME, Thing
from iotjobs_emulator import state_lock

from . import job, service
from .board import ShownBoard
from .screen import Screen

_LOOK_S = 0.3


class _Session(NamedTuple):
    options: argparse.Namespace
    program: Program
    serving: Service
    thing: Thing
    name: str
    board: ShownBoard
    screen: Screen


def run(options: argparse.Namespace) -> int:
    """All that the options say. Returns the exit code. Raises RunError."""
    document = options.job and job.document(options.job)
    screen = Screen()
    with contextlib.ExitStack() as stack:
        work = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="iotjobs-run-")))
        program = Program(
            options.program, work, options.in_place, dict(options.set), options.thing
        )
        if options.in_place:
            _claim(program, stack)
        program.refresh()
        name = options.thing or program.setting("thing") or NAME
        if options.service:
            starting = service.running(options.service)
        else:
            state = program.control if options.in_place else None
            see = Strangers(name, _as_option(screen)).see
            starting = service.own(program.endpoint(), options.files, state, see, screen.line)
        serving = stack.enter_context(starting)
        if options.things:
            made = options.things / name
            thing = service.provisioned(serving, name, made, options.in_place)
        else:
            made = program.control / "made"
            thing = stack.enter_context(service.thing(serving, name, made, options.in_place))
        stack.callback(screen.end)
        board = ShownBoard(program, serving, options.board, screen)
        stack.callback(board.board.close)
        for pin, level in options.pin:
            _put_pin(board, pin, level)
        session = _Session(options, program, serving, thing, name, board, screen)
        _say(session)
        try:
            return _lives(session, made, document)
        except KeyboardInterrupt:
            if document:
                raise
            return 0


def _lives(session: _Session, made: Path, document: str | None) -> int:
    # From each start of the board to the next one that a changed file wants; the exit code.
    program, board = session.program, session.board
    while True:
        _put(session, made)
        board.board.power_on()
        code = _job(session, document) if document else 0
        if not session.options.watch:
            return code if document else _end(board)
        _until(lambda: program.stamp() != program.seen)
        session.screen.line("a file has changed: the board starts anew")
        board.board.power_off()
        board.repeats.forget()
        _refresh(session)


def _put_pin(board: ShownBoard, pin: str, level: float) -> None:
    try:
        board.board.put(pin, level)
    except ValueError as error:
        raise RunError(f"--pin: {error}") from None


def _refresh(session: _Session) -> None:
    # An editor, or a build, may have files away while it replaces them.
    program = session.program
    while True:
        try:
            program.refresh()
            return
        except RunError as error:
            session.screen.line(f"it waits for the next change: {error}")
        _until(lambda: program.stamp() != program.seen)


def _claim(program: Program, stack: contextlib.ExitStack) -> None:
    # For this tool alone, until the stack is closed.
    try:
        stack.enter_context(state_lock.held(str(program.control / "in-place")))
    except state_lock.StateInUseError as error:
        raise RunError(f"{program.path} runs in place already: {error}") from None


def _as_option(screen: Screen) -> Callable[[str], None]:
    return lambda name: screen.line(
        f"the program connects as {name!r}: --thing {name} makes that thing"
    )


def _say(session: _Session) -> None:
    say, serving = session.screen.line, session.serving
    say(f"{session.name} is at the emulator. In a browser, what it holds: {serving.url}")
    if session.options.job:
        return
    document = json.dumps({"operation": session.program.operation() or "reboot"})
    say("a first job, from another terminal:")
    say(
        f"  AWS_ACCESS_KEY_ID=x AWS_SECRET_ACCESS_KEY=x AWS_DEFAULT_REGION={serving.region} "
        f"aws iot create-job --endpoint-url {serving.url} --job-id first-1 "
        f"--targets {session.thing.arn} --document {shlex.quote(document)}"
    )
    say("Ctrl-C ends all")


def _put(session: _Session, made: Path) -> None:
    # What the program looks for, onto the board.
    options = session.options
    places = {what: getattr(options, what) for what in needs.PLACES}
    private = needs.put(session.program, made, places)
    if private:
        session.screen.line(f"/{needs.UPDATE_KEY} is new: tools/pack --sign {private}")


def _job(session: _Session, document: str) -> int:
    # Create it and follow it to its end; the exit code. What it says of that comes last.
    screen, iot, seconds = session.screen, session.serving.iot, session.options.timeout
    job_id = job.create(iot, session.thing.arn, document)
    board, repeats = session.board.board, session.board.repeats
    seen = job.follow(
        iot,
        session.name,
        job_id,
        seconds,
        lambda seen: screen.line(f"job {job_id}  {seen}"),
        lambda: board.is_on() and not repeats.error,
    )
    was_on, error = board.is_on(), repeats.error
    is_over = seen.status in job.EXIT_CODES
    if was_on and not (is_over or error or session.options.watch):
        session.board.show_where_it_stands()
    if not session.options.watch:
        board.power_off()
    if is_over:
        screen.line(f"job {job_id}  {seen}")
        return job.EXIT_CODES[seen.status]
    still = f"job {job_id} is {seen.status} still"
    if not was_on:
        screen.line(f"{still}: the program has ended")
    elif error:
        screen.line(f"{still}: {words.of_repeats(error)}")
    elif seen.status == "QUEUED":
        screen.line(words.of_queued(job_id, seconds, session.name, "--thing"))
    else:
        screen.line(f"{still} after {seconds:g} s: --timeout waits longer")
    return job.NO_END


def _end(board: ShownBoard) -> int:
    while not board.board.wait(_LOOK_S):
        pass
    return 1 if board.has_failed else 0


def _until(is_so: Callable[[], bool]) -> None:
    while not is_so():
        time.sleep(_LOOK_S)
