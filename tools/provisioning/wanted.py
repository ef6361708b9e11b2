"""Which devices are wanted: names from the command line, or a list of them in a file."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from iotjobs_inputs.text import text

from .errors import ProvisionError

# Of the service's model.
_THING = re.compile(r"[a-zA-Z0-9:_-]{1,128}")
_ATTRIBUTE = re.compile(r"[a-zA-Z0-9_.,@/:#=\[\]-]*")
_GROUP = re.compile(r"[a-zA-Z0-9:_-]{1,128}")
_MOST_ATTRIBUTES = 50  # with a thing type; without one three, which the service says itself
_NAME, _TYPE, _GROUPS, _OF_ATTRIBUTE = "thing", "type", "groups", "attribute:"
_BETWEEN = ";"  # groups in one cell


class Wanted(NamedTuple):
    """A device: `thing` is its name, and its client id. `type` is None, or a thing type; `groups`
    are those that it is put into.
    """

    thing: str
    attributes: dict[str, str]
    type: str | None
    groups: tuple[str, ...]


def devices(
    names: Iterable[str],
    file: Path | None,
    attributes: Iterable[str] = (),
    type: str | None = None,
    groups: Iterable[str] = (),
) -> list[Wanted]:
    """The devices of these names, then those of a file. `attributes`, as "NAME=VALUE", `type` and
    `groups` are those of all. What the file says of a device counts more; its groups are added.

    Raises ProvisionError for what the service would refuse, and for a name that comes twice.
    """
    shared = Wanted("", dict(map(_attribute, attributes)), type or None, tuple(groups))
    found = [_checked(shared._replace(thing=name), name) for name in names]
    if file is not None:
        found += _of_file(file, shared)
    seen: dict[str, str] = {}
    for thing in (device.thing for device in found):
        before = seen.get(thing.lower())
        if before == thing:
            raise ProvisionError(f"{thing}: this name comes twice")
        if before is not None:
            raise ProvisionError(
                f"{thing}: it differs from {before} in case only, so that both are one "
                "folder on a Mac and on Windows"
            )
        seen[thing.lower()] = thing
    if not found:
        raise ProvisionError("no device is named: give names, or --list FILE")
    return found


def _attribute(given: str) -> tuple[str, str]:
    name, equals, value = given.partition("=")
    if not (name and equals):
        raise ProvisionError(f"--attribute {given}: not NAME=VALUE")
    return name, value


def _of_file(path: Path, shared: Wanted) -> list[Wanted]:
    try:
        content = text(path.read_bytes())
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise ProvisionError(f"--list: {path}: {why}") from None
    try:
        return _of_text(content, path, shared)
    except csv.Error as error:
        raise ProvisionError(f"--list: {path} cannot be read as CSV: {error}") from None


def _of_text(content: str, path: Path, shared: Wanted) -> list[Wanted]:
    lines = content.split("\n")
    first = next(csv.reader(lines), [])
    if _NAME not in [cell.strip() for cell in first]:
        other = re.search(r"[;\t]", lines[0])
        if other:
            raise ProvisionError(
                f"--list: {path}: its columns are separated by {other[0]!r}: save it with commas"
            )
        if len(first) > 1:
            raise ProvisionError(
                f'--list: {path}: the first line names the columns, and none of them is "{_NAME}"'
            )
        numbered = ((number, line.strip()) for number, line in enumerate(lines, 1))
        return [
            _checked(shared._replace(thing=line), f"--list: {path}, line {number}")
            for number, line in numbered
            if line and not line.startswith("#")
        ]
    reader = csv.DictReader(io.StringIO(content), skipinitialspace=True)
    reader.fieldnames = [name.strip() for name in reader.fieldnames or ()]
    twice = [name for name, count in Counter(reader.fieldnames).items() if count > 1]
    if twice:
        raise ProvisionError(f"--list: {path}: the column {twice[0]!r} is there twice")
    strangers = [
        name
        for name in reader.fieldnames
        if name not in (_NAME, _TYPE, _GROUPS) and not name.startswith(_OF_ATTRIBUTE)
    ]
    if strangers:
        raise ProvisionError(
            f"--list: {path}: no column is called {', '.join(map(repr, strangers))}: there are "
            f"{_NAME}, {_TYPE}, {_GROUPS} (with {_BETWEEN} between them) and {_OF_ATTRIBUTE}NAME"
        )
    return [
        _of_row(row, shared, f"--list: {path}, line {reader.line_num}")
        for row in reader
        if any(cell for cell in row.values())
    ]


def _of_row(row: dict, shared: Wanted, where: str) -> Wanted:
    if None in row or None in row.values():
        raise ProvisionError(f"{where}: it has not as many cells as the first line")
    cells = {name: cell.strip() for name, cell in row.items()}
    own = {
        name.removeprefix(_OF_ATTRIBUTE): cell
        for name, cell in cells.items()
        if name.startswith(_OF_ATTRIBUTE) and cell
    }
    groups = [group.strip() for group in cells.get(_GROUPS, "").split(_BETWEEN)]
    made = Wanted(
        cells[_NAME],
        shared.attributes | own,
        cells.get(_TYPE) or shared.type,
        tuple(dict.fromkeys((*shared.groups, *filter(None, groups)))),
    )
    return _checked(made, where)


def _checked(device: Wanted, where: str) -> Wanted:
    if not _THING.fullmatch(device.thing):
        raise ProvisionError(
            f"{where}: {device.thing!r} is no name for a thing: it has 1 to 128 of a-z, A-Z, 0-9, "
            "_, - and :"
        )
    if len(device.attributes) > _MOST_ATTRIBUTES:
        raise ProvisionError(f"{where}: more than {_MOST_ATTRIBUTES} attributes")
    for name, value in device.attributes.items():
        if not re.fullmatch(r"[a-zA-Z0-9_.,@/:#-]{1,128}", name):
            raise ProvisionError(f"{where}: {name!r} is no name for an attribute")
        if len(value) > 800 or not _ATTRIBUTE.fullmatch(value):
            raise ProvisionError(
                f"{where}: the attribute {name} takes up to 800 of a-z, A-Z, 0-9 and _.,@/:#=[]-, "
                "and no blanks"
            )
    for group in device.groups:
        if not _GROUP.fullmatch(group):
            raise ProvisionError(f"{where}: {group!r} is no name for a thing group")
    return device
