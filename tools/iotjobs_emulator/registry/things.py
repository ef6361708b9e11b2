"""Things: names with up to three attributes and a version."""

import json
from collections.abc import Callable
from uuid import uuid4

from ..arns import Arns
from ..database import Database
from ..errors import (
    InvalidRequestError,
    ResourceAlreadyExistsError,
    ResourceNotFoundError,
    VersionConflictError,
)
from .attributes import of_changed, of_new
from .paging import page
from .unsupported import refuse

ATTRIBUTES = 3  # [m] AttributePayload: of a thing without thing type


class Things:
    """The operations of the `iot` model on things: modelled input members to output members."""

    def __init__(self, database: Database, arns: Arns):
        self._database = database
        self._arns = arns
        self._created: list[Callable[[str], None]] = []
        self._deleted: list[Callable[[str], None]] = []

    def on_created(self, action: Callable[[str], None]) -> None:
        """Call `action` with a thing's name when it is new, in the same transaction."""
        self._created.append(action)

    def on_deleted(self, action: Callable[[str], None]) -> None:
        """Call `action` with a thing's name when it is deleted, in the same transaction."""
        self._deleted.append(action)

    def exists(self, name: str) -> bool:
        """Whether the thing is registered."""
        return self._row(name) is not None

    def require(self, name: str) -> None:
        """ResourceNotFoundError unless the thing is registered."""
        if not self.exists(name):
            raise ResourceNotFoundError(f"Thing {name} cannot be found")

    def create_thing(self, params: dict) -> dict:
        """Idempotent for the same attributes; ResourceAlreadyExistsError for others."""
        refuse(params, "thingTypeName", "billingGroupName")
        name = params["thingName"]
        payload = params.get("attributePayload", {})
        attributes = of_new(payload, "thing", ATTRIBUTES)
        with self._database.transaction():
            row = self._row(name)
            if row is None:
                self._database.execute(
                    "INSERT INTO thing (name, id, version, attributes) VALUES (?, ?, 1, ?)",
                    (name, str(uuid4()), json.dumps(attributes)),
                )
                row = self._row(name)
                for action in self._created:
                    action(name)
        if json.loads(row["attributes"]) != attributes:
            raise ResourceAlreadyExistsError(
                f"Thing {name} already exists in account with different attributes",
                members={"resourceId": row["id"], "resourceArn": self._arns.thing(name)},
            )
        return {"thingName": name, "thingArn": self._arns.thing(name), "thingId": row["id"]}

    def describe_thing(self, params: dict) -> dict:
        """The thing, ResourceNotFoundError if there is none."""
        name = params["thingName"]
        row = self._existing(name)
        return {
            "defaultClientId": name,
            "thingId": row["id"],
            **self._summary(row),
        }

    def list_things(self, params: dict) -> dict:
        """Things in the order of their names, a page at a time."""
        refuse(params, "attributeName", "attributeValue", "thingTypeName")
        refuse(params, "usePrefixAttributeValue")
        found, token = page(self._rows, "name", params.get("nextToken"), params.get("maxResults"))
        return {"things": [self._summary(row) for row in found], "nextToken": token}

    def update_thing(self, params: dict) -> dict:
        """Replace the attributes, or with `merge` set some; an empty value removes one.

        VersionConflictError if the thing's version is not expectedVersion.
        """
        refuse(params, "thingTypeName", "removeThingType")
        with self._database.transaction():
            row = self._existing(params["thingName"])
            self._expect(row, params.get("expectedVersion"))
            payload = params.get("attributePayload", {})
            before = json.loads(row["attributes"])
            attributes = of_changed(before, payload, "thing", ATTRIBUTES)
            self._database.execute(
                "UPDATE thing SET attributes = ?, version = version + 1 WHERE name = ?",
                (json.dumps(attributes), row["name"]),
            )
        return {}

    def delete_thing(self, params: dict) -> dict:
        """Delete a thing; one that does not exist is no error (model: DeleteThing).

        InvalidRequestError while a certificate is attached: the service detaches nothing by
        itself. VersionConflictError if the thing's version is not expectedVersion.
        """
        name = params["thingName"]
        with self._database.transaction():
            row = self._row(name)
            if row is None:
                return {}
            self._expect(row, params.get("expectedVersion"))
            attached = "SELECT 1 FROM attachment WHERE thing_name = ?"
            if self._database.row(attached, (name,)):
                raise InvalidRequestError(
                    f"Cannot delete. Thing {name} is still attached to one or more principals"
                )
            self._database.execute("DELETE FROM thing WHERE name = ?", (name,))
            for action in self._deleted:
                action(name)
        return {}

    def _row(self, name: str):
        return self._database.row("SELECT * FROM thing WHERE name = ?", (name,))

    def _existing(self, name: str):
        self.require(name)
        return self._row(name)

    def _rows(self, after: str | None, limit: int) -> list:
        return self._database.rows(
            "SELECT * FROM thing WHERE name > ? ORDER BY name LIMIT ?", (after or "", limit)
        )

    def _summary(self, row) -> dict:
        return {
            "thingName": row["name"],
            "thingArn": self._arns.thing(row["name"]),
            "attributes": json.loads(row["attributes"]),
            "version": row["version"],
        }

    def _expect(self, row, version: int | None) -> None:
        if version is not None and version != row["version"]:
            raise VersionConflictError(
                f"Expected version {version} of thing {row['name']}, found {row['version']}"
            )
