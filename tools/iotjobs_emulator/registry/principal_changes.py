"""Tells whose permissions may have changed: the certificates behind a change, once it is kept."""

from collections.abc import Callable, Collection, Iterable

from ..database import Database
from .thing_groups import WITH_DESCENDANTS

Listener = Callable[[Collection[str]], None]


class PrincipalChanges:
    """Every method belongs inside the transaction of the change it tells."""

    def __init__(self, database: Database):
        self._database = database
        self._listeners: list[Listener] = []

    def on_changed(self, listener: Listener) -> None:
        """Call `listener` with the ids of certificates whose status, thing or policies may have
        changed, after the change has been committed.
        """
        self._listeners.append(listener)

    def of_certificate(self, certificate_id: str) -> None:
        """Its status, its thing or its own policies change."""
        self._tell({certificate_id})

    def of_things(self, names: Iterable[str]) -> None:
        """The groups of these things change."""
        found = set()
        for name in names:
            found |= self._ids(
                "SELECT certificate_id AS id FROM attachment WHERE thing_name = ?", (name,)
            )
        self._tell(found)

    def of_group(self, name: str) -> None:
        """A policy of this group comes or goes."""
        self._tell(
            self._ids(
                f"{WITH_DESCENDANTS} SELECT certificate_id AS id FROM attachment"
                " JOIN membership USING (thing_name) WHERE group_name IN reached",
                {"group": name},
            )
        )

    def of_policy(self, name: str) -> None:
        """What this policy says changes."""
        targets = self._database.rows(
            "SELECT certificate_id, group_name FROM policy_target WHERE policy_name = ?", (name,)
        )
        self._tell({row["certificate_id"] for row in targets} - {None})
        for row in targets:
            if row["group_name"] is not None:
                self.of_group(row["group_name"])

    def _ids(self, query: str, values: tuple | dict) -> set[str]:
        return {row["id"] for row in self._database.rows(query, values)}

    def _tell(self, certificate_ids: set[str]) -> None:
        if certificate_ids and self._listeners:
            self._database.after_commit(
                lambda: [listener(certificate_ids) for listener in self._listeners]
            )
