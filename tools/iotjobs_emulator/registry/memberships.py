"""Which things are in which thing groups (SERVICE.md, section Thing groups).

A thing that is in a group is in the groups above it as well: their jobs and policies reach it.
"""

from collections.abc import Callable, Iterable

from ..arns import Arns
from ..database import Database
from ..errors import InvalidRequestError
from .paging import page
from .thing_groups import WITH_DESCENDANTS, ThingGroups, check_version
from .things import Things

GROUPS_OF_A_THING = 10

_MEMBERS = f"{WITH_DESCENDANTS} SELECT DISTINCT thing_name FROM membership WHERE group_name"
# The groups that a thing was put into, and those above them.
_GROUPS = """
    WITH RECURSIVE reached (name) AS (
        SELECT group_name FROM membership WHERE thing_name = :thing UNION
        SELECT parent FROM thing_group JOIN reached USING (name) WHERE parent IS NOT NULL
    )
    SELECT name FROM reached
"""


class Memberships:
    """The operations of the `iot` model on the things of groups, and the deletion of a group."""

    def __init__(self, database: Database, things: Things, groups: ThingGroups, arns: Arns):
        self._database = database
        self._things = things
        self._groups = groups
        self._arns = arns
        self._changed: list[Callable[[Iterable[str]], None]] = []
        things.on_deleted(self._thing_deleted)

    def on_changed(self, action: Callable[[Iterable[str]], None]) -> None:
        """Call `action` with the names of the things whose groups have changed, after the change
        and in its transaction. A thing that was deleted is among them.
        """
        self._changed.append(action)

    def group_members(self, group_name: str) -> list[str] | None:
        """The things that a job for this group reaches: its own and those of the groups below it,
        by name. None if there is no such group.
        """
        if self._groups.row(group_name) is None:
            return None
        query = f"{_MEMBERS} IN reached ORDER BY thing_name"
        return [r["thing_name"] for r in self._database.rows(query, {"group": group_name})]

    def groups_of(self, thing_name: str) -> list[str]:
        """The groups that reach this thing, by name: those it is in, and the groups above them."""
        query = f"{_GROUPS} ORDER BY name"
        return [row["name"] for row in self._database.rows(query, {"thing": thing_name})]

    def add_thing_to_thing_group(self, params: dict) -> dict:
        """Idempotent. InvalidRequestError if the thing is in another group of the same hierarchy,
        or in as many groups as it may be.
        """
        _refuse_override(params)
        thing, group = self._named(params)
        self._update(thing, add=[group], remove=[])
        return {}

    def remove_thing_from_thing_group(self, params: dict) -> dict:
        """Take a thing out of a group; no error if it is not in it."""
        thing, group = self._named(params)
        self._update(thing, add=[], remove=[group])
        return {}

    def update_thing_groups_for_thing(self, params: dict) -> dict:
        """Take a thing out of some groups, then put it into others: all of it or nothing."""
        _refuse_override(params)
        if params.get("thingName") is None:
            raise InvalidRequestError("thingName is required")
        added, removed = (
            list(dict.fromkeys(params.get(name, ())))
            for name in ("thingGroupsToAdd", "thingGroupsToRemove")
        )
        both = [name for name in added if name in removed]
        if both:
            raise InvalidRequestError(f"Thing group {both[0]} is to be added and to be removed")
        self._update(params["thingName"], added, removed)
        return {}

    def list_things_in_thing_group(self, params: dict) -> dict:
        """The things of a group by name, with `recursive` those of the groups below it as well."""
        group = params["thingGroupName"]
        self._groups.require(group)
        within = "IN reached" if params.get("recursive") else "= :group"

        def rows(after: str | None, limit: int) -> list:
            return self._database.rows(
                f"{_MEMBERS} {within} AND thing_name > :after ORDER BY thing_name LIMIT :limit",
                {"group": group, "after": after or "", "limit": limit},
            )

        token, size = params.get("nextToken"), params.get("maxResults")
        found, token = page(rows, "thing_name", token, size)
        return {"things": [row["thing_name"] for row in found], "nextToken": token}

    def list_thing_groups_for_thing(self, params: dict) -> dict:
        """The groups of a thing by name, those above them included, a page at a time."""
        thing = params["thingName"]
        self._things.require(thing)

        def rows(after: str | None, limit: int) -> list:
            return self._database.rows(
                f"{_GROUPS} WHERE name > :after ORDER BY name LIMIT :limit",
                {"thing": thing, "after": after or "", "limit": limit},
            )

        found, token = page(rows, "name", params.get("nextToken"), params.get("maxResults"))
        summaries = [self._groups.summary(row["name"]) for row in found]
        return {"thingGroups": summaries, "nextToken": token}

    def delete_thing_group(self, params: dict) -> dict:
        """Delete a group, whose things and policies then are no longer in it.

        One that does not exist is no error (the model has none for it).

        InvalidRequestError while there are groups below it. VersionConflictError if the group's
        version is not expectedVersion.
        """
        name = params["thingGroupName"]
        with self._database.transaction():
            row = self._groups.row(name)
            if row is None:
                return {}
            check_version(row, params.get("expectedVersion"))
            child = self._database.row("SELECT name FROM thing_group WHERE parent = ?", (name,))
            if child is not None:
                raise InvalidRequestError(
                    f"Cannot delete thing group {name} while it has child groups ({child['name']})"
                )
            members = self.group_members(name)
            self._database.execute("DELETE FROM membership WHERE group_name = ?", (name,))
            self._database.execute("DELETE FROM policy_target WHERE group_name = ?", (name,))
            self._database.execute("DELETE FROM thing_group WHERE name = ?", (name,))
            self._tell(members)
        return {}

    def _named(self, params: dict) -> tuple[str, str]:
        """The thing and the group of a request, each given by name or ARN."""
        return (
            _one_of(params, "thingName", "thingArn", self._arns.thing_name_of),
            _one_of(params, "thingGroupName", "thingGroupArn", self._arns.thing_group_name),
        )

    def _update(self, thing: str, add: list[str], remove: list[str]) -> None:
        with self._database.transaction():
            self._things.require(thing)
            for group in (*add, *remove):
                self._groups.require(group)
            changes = sum(self._remove(thing, group) for group in remove)
            changes += sum(self._add(thing, group) for group in add)
            if changes:
                self._tell([thing])

    def _remove(self, thing: str, group: str) -> int:
        return self._database.execute(
            "DELETE FROM membership WHERE thing_name = ? AND group_name = ?", (thing, group)
        ).rowcount

    def _add(self, thing: str, group: str) -> int:
        held = self._database.rows(
            "SELECT name, root FROM membership JOIN thing_group ON name = group_name"
            " WHERE thing_name = ?",
            (thing,),
        )
        if any(row["name"] == group for row in held):
            return 0
        root = self._groups.require(group)["root"]
        for row in held:
            if row["root"] == root:
                raise InvalidRequestError(
                    f"Thing {thing} is in thing group {row['name']} of the same hierarchy as "
                    f"{group}: a thing is in one group of a hierarchy only"
                )
        if len(held) >= GROUPS_OF_A_THING:
            raise InvalidRequestError(
                f"Thing {thing} is in {len(held)} thing groups; the limit is {GROUPS_OF_A_THING}"
            )
        self._database.execute("INSERT INTO membership VALUES (?, ?)", (thing, group))
        return 1

    def _thing_deleted(self, thing: str) -> None:
        taken = self._database.execute("DELETE FROM membership WHERE thing_name = ?", (thing,))
        if taken.rowcount:
            self._tell([thing])

    def _tell(self, things: list[str]) -> None:
        if things:
            for action in self._changed:
                action(things)


def _refuse_override(params: dict) -> None:
    if params.get("overrideDynamicGroups"):
        raise InvalidRequestError("The emulator does not support overrideDynamicGroups")


def _one_of(params: dict, by_name: str, by_arn: str, read: Callable[[str], str | None]) -> str:
    name, arn = params.get(by_name), params.get(by_arn)
    if arn is None:
        if name is None:
            raise InvalidRequestError(f"{by_name} or {by_arn} is required")
        return name
    named = read(arn)
    if named is None:
        raise InvalidRequestError(f"{by_arn} {arn!a} is not an ARN of this kind here")
    if name is not None and name != named:
        raise InvalidRequestError(f"{by_name} {name} is not what {by_arn} {arn} names")
    return named
