"""What the command line asks for, from the first look at it to the last word."""

import shlex
import sys
import time
from argparse import Namespace
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from . import account, crowd, roots, wanted, words
from . import record as records
from .certificates import Certificates
from .errors import BusyError, ProvisionError, RefusedError
from .folder import Folder
from .making import Making
from .policies import Policies
from .removing import Removing, forget
from .rotating import ROTATED, WAITS, Rotating
from .screen import Screen
from .wanted import Wanted

FAILED = 1
_LOOK_S = 2.0  # from one look at the jobs of all boards, or at who has a folder, to the next


def run(options: Namespace) -> int:
    """Make the devices, rotate their certificates, or take them back; the exit code. Raises
    ProvisionError for what is found before the first of them.
    """
    devices = wanted.devices(
        options.thing, options.list, options.attribute, options.type, options.group
    )
    aws = account.session(options.profile)
    where = (options.region, options.endpoint_url, crowd.AT_ONCE)
    iot = account.client(aws, *where)
    policies = Policies(iot, options.policy, options.https)
    once = account.client(aws, *where, tries=1)
    certificates = Certificates(iot, once, lambda: known(options.to))
    if options.rotate:
        removing, about = Removing(iot, certificates), _about(options)
        rotating = Rotating(iot, certificates, removing, _endpoint(iot), about)
        return _rotation(options, devices, rotating)
    if options.remove:
        return _removal(options, devices, iot, policies, Removing(iot, certificates))
    ca = _ca(options.ca, aws, iot)
    return _making(options, devices, iot, policies, certificates, ca)


def _rotation(options: Namespace, devices: list[Wanted], rotating: Rotating) -> int:
    until = time.monotonic() + options.wait * 60
    screen = Screen(len(devices))

    def rotate(device: Wanted) -> str:
        folder = Folder(options.to / device.thing)
        with folder.held(is_made=False):
            return rotating.go_on(device.thing, folder)

    waiting = devices
    while True:
        waiting = _each(screen, waiting, rotate, options.rate)
        if not waiting or time.monotonic() >= until:
            break
        time.sleep(_LOOK_S)
    for device in waiting:
        screen.done(device.thing, WAITS)
    print(f"provision: {screen.end()}")
    if screen.counts[ROTATED]:
        print(
            "provision: their keys are on their boards alone: a board that is lost takes its own"
        )
    if waiting:
        print("provision: run it again, and it goes on; --wait MINUTES waits for the boards")
    return FAILED if (waiting and options.wait) or not screen.is_whole() else 0


def _making(
    options: Namespace,
    devices: list[Wanted],
    iot: Any,
    policies: Policies,
    certificates: Certificates,
    ca: bytes,
) -> int:
    endpoint = _endpoint(iot)
    making = Making(iot, certificates, policies, endpoint, ca, options.rsa)

    made = []

    def make(device: Wanted) -> str:
        folder = Folder(options.to / device.thing)
        with folder.held():
            if not making.make(device, folder, options.again):
                return "there already"
        made.append(device.thing)
        return "made"

    screen = _all(devices, make, options.rate)
    print(f"provision: {screen.end()}")
    if made:
        name = next(device.thing for device in devices if device.thing in made)
        print(f"provision: the files for its board are in {options.to / name}")
        things = [] if options.to == records.FOLDER else ["--things", str(options.to)]
        deploy = ["tools/deploy", "--app", "board", "--thing", name, *things]
        print(f"provision: next: {shlex.join([*deploy, '--reset', '--monitor'])}")
    return 0 if screen.is_whole() else FAILED


def _removal(
    options: Namespace,
    devices: list[Wanted],
    iot: Any,
    policies: Policies,
    removing: Removing,
) -> int:
    endpoint = _endpoint(iot)
    gone = []
    shared = set()  # the policies of all that these had

    def remove(device: Wanted) -> str:
        folder = Folder(options.to / device.thing)
        with folder.held(is_made=False):
            if folder.read() is None:
                return "not known here"
            shared.add(removing.remove(device.thing, folder, policies, endpoint))
        gone.append(folder)
        return "taken back"

    screen = _all(devices, remove, options.rate)
    try:
        for name in sorted(shared - {None}):
            told = policies.remove(name)
            if told:
                print(f"provision: the policy {name} {told}")
    except words.ERRORS as error:
        raise words.of(error) from None
    for folder in gone:  # only now: a run that was ended before goes on with the policies
        forget(folder)
    print(f"provision: {screen.end()}")
    return 0 if screen.is_whole() else FAILED


def _about(options: Namespace) -> Callable[[str], str]:
    # What gives the command line about a thing, for the folder and the service of this run.
    service = []
    for name in ("profile", "region", "endpoint_url", "ca"):
        if getattr(options, name) is not None:
            service += [f"--{name.replace('_', '-')}", str(getattr(options, name))]
    return lambda thing: records.command(thing, options.to, *service)


def _endpoint(iot: Any) -> str:
    try:
        answer = iot.describe_endpoint(endpointType="iot:Data-ATS")
    except words.ERRORS as error:
        raise words.of(error) from None
    if "endpointAddress" not in answer:
        raise words.no_service(f"{iot.meta.endpoint_url} gives no endpoint")
    return answer["endpointAddress"]


def _all(devices: list[Wanted], do: Callable[[Wanted], str], rate: float) -> Screen:
    screen = Screen(len(devices))
    _each(screen, devices, do, rate)
    return screen


def _each(
    screen: Screen, devices: list[Wanted], do: Callable[[Wanted], str], rate: float
) -> list[Wanted]:
    # What becomes of each is on the screen. Returns those that wait for their boards.
    #
    # Another run of this tool has a device for some seconds, while it does its steps. Then this
    # one finds them done: to wait is the shorter way to what both want, for a script above all.
    # It waits here, and not in the lock, so that Ctrl-C ends it.
    left: list[Wanted] = []
    while devices:
        busy = []
        for device, error in _once(screen, devices, do, rate, left):
            busy.append(device)
            screen.waits(device.thing, str(error))
        devices = busy
        if busy:
            time.sleep(_LOOK_S)
    return left


def _once(
    screen: Screen,
    devices: list[Wanted],
    do: Callable[[Wanted], str],
    rate: float,
    left: list[Wanted],
) -> Iterator[tuple[Wanted, BusyError]]:
    # Yields those that another run has; those that wait for their boards are in `left` then.
    def telling(device: Wanted) -> str:
        try:
            return do(device)
        except words.ERRORS as error:
            raise words.of(error) from None
        except OSError as error:
            raise ProvisionError(f"{error.filename}: {error.strerror}") from None

    for device, what, error in crowd.each(devices, telling, rate):
        if isinstance(error, BusyError):
            yield device, error
        elif error is None and what == WAITS:
            left.append(device)
        elif error is None:
            screen.done(device.thing, str(what))
        elif isinstance(error, RefusedError):
            print(screen.end(), file=sys.stderr)
            raise error
        elif isinstance(error, ProvisionError):
            screen.failed(device.thing, str(error))
        else:
            raise error


def _ca(path: Path | None, aws: Any, iot: Any) -> bytes:
    if path is not None:
        return roots.of_file(path)
    if not account.is_aws(aws, iot):
        raise ProvisionError(
            f"{iot.meta.endpoint_url} is not AWS's own: give the CA of its devices' endpoint by "
            "--ca. An emulator writes ca.pem beside its state"
        )
    return roots.amazons()


def known(folder: Path) -> set[str]:
    """The ARNs of the certificates that the devices in this folder have, or are about to have.
    What cannot be read knows none.
    """
    found = set()
    for path in folder.iterdir() if folder.is_dir() else ():
        try:
            record = Folder(path).read() or {}
        except ProvisionError:
            continue
        found.add(record.get("certificateArn"))
        found.add(record.get("rotation", {}).get("certificateArn"))
    return found - {None}
