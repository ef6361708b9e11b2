"""What the service tells a thing without being asked (SERVICE.md, Notifications)."""

from dataclasses import dataclass

from ..errors import ServiceUnavailableError
from ..job_topics import NOTIFY_NEXT, notify
from ..limits import NOTIFIED_EXECUTIONS
from . import shapes
from .presigned import Documents
from .store import Store


@dataclass(frozen=True, slots=True)
class Notification:
    """A message to publish. What its payload holds is shared, so do not change it."""

    topic: str
    payload: dict


class PendingWatch:
    """Compares the pending lists of each thing before and after an operation."""

    def __init__(self, store: Store, documents: Documents):
        self._store = store
        self._documents = documents
        self._before: dict[str, dict[str | None, list[int]]] = {}

    def touch(self, thing_name: str) -> None:
        """To be called before an execution of this thing changes, comes or goes."""
        if thing_name not in self._before:
            self._before[thing_name] = self._store.pending_seqs(thing_name)

    def notifications(self, now: float) -> list[Notification]:
        """What has to be published after the operation: notify when the list has another set of
        executions, then notify-next when another one is its head."""
        found = []
        for thing_name, lists_before in self._before.items():
            lists_after = self._store.pending_seqs(thing_name)
            for namespace in {**lists_before, **lists_after}:
                before = lists_before.get(namespace, [])
                after = lists_after.get(namespace, [])
                joined_or_left = set(before) != set(after)
                # A job with a namespace tells of its joining and leaving alone.
                next_changed = before[:1] != after[:1] and namespace is None
                if not (joined_or_left or next_changed):
                    continue
                pending = self._store.pending(thing_name, NOTIFIED_EXECUTIONS, namespace)
                if joined_or_left:
                    payload = {"timestamp": int(now), "jobs": shapes.by_status(pending)}
                    found.append(_to_thing(thing_name, notify(namespace), payload))
                if next_changed:
                    payload = {"timestamp": int(now)}
                    if pending:
                        document = self._document(pending[0].job_id)
                        head = shapes.execution_data(pending[0], now, document)
                        payload["execution"] = shapes.for_mqtt(head)
                    found.append(_to_thing(thing_name, NOTIFY_NEXT, payload))
        return found

    def _document(self, job_id: str) -> str | None:
        try:
            return self._documents.of(job_id)
        except ServiceUnavailableError:  # who asks for it is told; what changed has changed
            return None


def _to_thing(thing_name: str, kind: str, payload: dict) -> Notification:
    return Notification(f"$aws/things/{thing_name}/jobs/{kind}", payload)
