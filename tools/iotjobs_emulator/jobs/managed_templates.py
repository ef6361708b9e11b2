"""The job templates that AWS manages, version 1.0: their documents and parameters.

SERVICE.md, Job templates. Documents are of schema 1.0 (SERVICE.md, Job documents in use), as a
device gets them; the descriptions are ours.
"""

from dataclasses import dataclass

from .. import strict_json
from .parameters import Parameter

VERSION = "1.0"
ENVIRONMENTS = ("LINUX",)


@dataclass(frozen=True, slots=True)
class ManagedTemplate:
    """`document`: JSON text with places for `parameters`. `seq` orders a list in pages."""

    name: str
    description: str
    parameters: tuple[Parameter, ...]
    document: str
    seq: int
    version: str = VERSION


def _required(key: str, description: str, example: str) -> Parameter:
    return Parameter(key, description, "(.*?)", example, optional=False)


_URL = _required("downloadUrl", "Where the file is.", "http://www.example.com/index.html")
_FILE = _required("filePath", "Where the device puts the file.", "/path/to/file")
_PACKAGES = _required("packages", "The packages, separated by spaces.", "package1 package2")
_SERVICES = _required("services", "The services, separated by spaces.", "service1 service2")
_COMMAND = _required(
    "command",
    "The command and its arguments, separated by commas; a comma of their own is escaped.",
    "echo,text",
)
_USER = Parameter(
    "runAsUser",
    "The user to run as. Without it: the user of the device's agent.",
    "(.){0,256}",
    "user1",
    optional=True,
)
_PATH = Parameter(
    "pathToHandler",
    "The directory of the handler on the device. Without it: where the agent looks first.",
    "(.){0,4096}",
    "/path/to/handler/script",
    optional=True,
)

# name without its "AWS-", description, handler, the parameters that are its arguments
_HANDLERS = (
    ("Download-File", "Downloads a file to the device.", "download-file.sh", (_URL, _FILE)),
    ("Install-Application", "Installs packages.", "install-packages.sh", (_PACKAGES,)),
    ("Reboot", "Reboots the device.", "reboot.sh", ()),
    ("Remove-Application", "Removes packages.", "remove-packages.sh", (_PACKAGES,)),
    ("Restart-Application", "Restarts services.", "restart-services.sh", (_SERVICES,)),
    ("Start-Application", "Starts services.", "start-services.sh", (_SERVICES,)),
    ("Stop-Application", "Stops services.", "stop-services.sh", (_SERVICES,)),
)


def _place(parameter: Parameter) -> str:
    return f"${{aws:iot:parameter:{parameter.key}}}"


def _document(name: str, kind: str, inputs: dict) -> str:
    action = {"name": name, "type": kind, "input": inputs, "runAsUser": _place(_USER)}
    return strict_json.dumps({"version": VERSION, "steps": [{"action": action}]})


def _run_handler(name: str, handler: str, arguments: tuple[Parameter, ...]) -> str:
    given = {"args": [_place(argument) for argument in arguments]} if arguments else {}
    inputs = {"handler": handler, **given, "path": _place(_PATH)}
    return _document(name, "runHandler", inputs)


def _all() -> list[ManagedTemplate]:
    described = [
        (name, description, (*arguments, _USER, _PATH), _run_handler(name, handler, arguments))
        for name, description, handler, arguments in _HANDLERS
    ]
    run = _document("Run-Command", "runCommand", {"command": _place(_COMMAND)})
    described.append(("Run-Command", "Runs a command.", (_COMMAND, _USER), run))
    described.sort(reverse=True)
    return [
        ManagedTemplate(f"AWS-{name}", *rest, seq) for seq, (name, *rest) in enumerate(described)
    ]


_TEMPLATES = _all()


def find(name: str, version: str | None = None) -> ManagedTemplate | None:
    """The template of that name and version, or of its newest version."""
    found = (t for t in _TEMPLATES if t.name == name and version in (None, t.version))
    return next(found, None)


def names() -> list[str]:
    """The names of all templates, in their order."""
    return [template.name for template in reversed(_TEMPLATES)]


def before(seq: int, count: int, name: str | None = None) -> list[ManagedTemplate]:
    """At most `count` templates below `seq`, of that name if given, in the order of the names."""
    found = [t for t in reversed(_TEMPLATES) if t.seq < seq and name in (None, t.name)]
    return found[:count]
