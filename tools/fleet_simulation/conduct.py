"""The agent's settings, and how long it waits by them: the decisions of `iotjobs.agent.session`.

The defaults, and what a board adds to a fleet's waits, are read from the library itself, so that
they cannot differ from it.
"""

import ast
import dataclasses
import functools

import environment

_AGENT = environment.LIB / "iotjobs" / "agent"


class SettingError(ValueError):
    """A setting that there is not, or beyond its limits."""


@dataclasses.dataclass(frozen=True)
class Conduct:
    """The settings of JobsAgent and MQTTLink that matter to a fleet, by their names there. Times
    are in milliseconds.

    Not settings but conduct: `filters`, how many topic filters are subscribed to;
    `drops_progress`, whether progress is not sent again that was throttled; `own_back_off`,
    whether throttled requests have a back-off of their own.
    """

    retry_ms: int
    max_retry_ms: int
    resync_ms: int
    request_timeout_ms: int
    progress_ms: int
    fleet_size: int
    clean_session: bool
    keepalive: int
    filters: int = 2
    drops_progress: bool = True
    own_back_off: bool = True

    @property
    def sync_spread_ms(self) -> int:
        """The first wait of a board whose session is new: it asks."""
        return self._crowd_ms("_MS_TO_ASK")

    @property
    def spread_ms(self) -> int:
        """The wait of a board that found nobody, or was refused."""
        return self._crowd_ms("_MS_TO_ASK" if self.clean_session else "_MS_TO_CONNECT")

    @property
    def poll_ms(self) -> int:
        """How long after an answer an idle board asks again."""
        return max(self.resync_ms, _constants()["_RESYNC"] * self.fleet_size)

    def _crowd_ms(self, each: str) -> int:
        return max(0, _constants()[each] * self.fleet_size - _constants()["_AT_ONCE"])

    def windows(self, spread_ms: int) -> list[int]:
        """The longest waits after 0, 1, 2 … refusals by a service that can be reached."""
        longest = max(self.max_retry_ms, self.retry_ms)
        return [
            max(min(self.retry_ms << min(times, 16), longest), spread_ms >> max(4 - times, 0))
            for times in range(256)
        ]


def defaults() -> dict[str, int | bool]:
    """The settings as the library has them."""
    found = {
        **_arguments(_AGENT / "session.py", "Session"),
        **_arguments(_AGENT / "agent.py", "JobsAgent"),
        **_arguments(environment.LIB / "iotjobs" / "links" / "mqtt.py", "MQTTLink"),
    }
    names = [field.name for field in dataclasses.fields(Conduct) if field.name in found]
    return {name: found[name] for name in names}


# As the agent was before it knew of fleets: what the page compares with.
BEFORE = Conduct(
    retry_ms=1_000,
    max_retry_ms=60_000,
    resync_ms=900_000,
    request_timeout_ms=10_000,
    progress_ms=1_000,
    fleet_size=1,
    clean_session=True,
    keepalive=60,
    drops_progress=False,
    own_back_off=False,
)


def conduct(texts: list[str], base: Conduct) -> Conduct:
    """`base` with the settings NAME=VALUE of a command line. Raises SettingError."""
    known = {field.name for field in dataclasses.fields(Conduct)}
    changed = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if name not in known or not equals:
            raise SettingError(f"{text!r} is no setting; there are {', '.join(sorted(known))}")
        try:
            number = int(value)
        except ValueError:
            number = -1
        if not 0 <= number <= 1 << 29:
            raise SettingError(f"{name} needs a whole number, 0 to {1 << 29}, not {value!r}")
        changed[name] = bool(number) if isinstance(getattr(base, name), bool) else number
    return dataclasses.replace(base, **changed)


@functools.cache
def _constants():
    # Those of the agent's session, by name: NAME = const(number).
    found = {}
    for node in ast.parse((_AGENT / "session.py").read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            value = node.value.args[0]
            if isinstance(value, ast.Constant):
                found[node.targets[0].id] = value.value
    return found


def _arguments(path, name):
    # The arguments of a class that have a default.
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and node.name == name:
            for method in node.body:
                if isinstance(method, ast.FunctionDef) and method.name == "__init__":
                    found = method.args.args[-len(method.args.defaults) :]
                    values = [
                        ast.literal_eval(d) if isinstance(d, ast.Constant) else None
                        for d in method.args.defaults
                    ]
                    return dict(zip([each.arg for each in found], values, strict=True))
    raise LookupError(f"{path} has no class {name}")
