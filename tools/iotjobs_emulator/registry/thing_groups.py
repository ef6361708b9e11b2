"""Static thing groups: a forest of names, with a description and attributes each.

Which things are in them: `memberships`. SERVICE.md, section Thing groups.
"""

import json
from uuid import uuid4

from ..arns import Arns
from ..clock import WallClock
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

ATTRIBUTES = 50
CHILDREN = 100  # direct ones
LEVELS = 7  # of a hierarchy, the topmost group included

# A group and everything below it; a group and everything above it. `:group` is its name.
WITH_DESCENDANTS = """
    WITH RECURSIVE reached (name) AS (
        SELECT :group UNION ALL
        SELECT thing_group.name FROM thing_group JOIN reached ON parent = reached.name
    )
"""
WITH_ANCESTORS = """
    WITH RECURSIVE reached (name) AS (
        SELECT :group UNION ALL
        SELECT parent FROM thing_group JOIN reached USING (name) WHERE parent IS NOT NULL
    )
"""


class ThingGroups:
    """The operations of the `iot` model on groups themselves: modelled input to output members."""

    def __init__(self, database: Database, clock: WallClock, arns: Arns):
        self._database = database
        self._clock = clock
        self._arns = arns

    def row(self, name: str):
        """The row of a group, None if there is none."""
        return self._database.row("SELECT * FROM thing_group WHERE name = ?", (name,))

    def group_id(self, name: str) -> str | None:
        """The group's id; None: there is no such group."""
        row = self.row(name)
        return row and row["id"]

    def require(self, name: str):
        """The row of a group; ResourceNotFoundError if there is none."""
        row = self.row(name)
        if row is None:
            raise ResourceNotFoundError(f"Thing group {name} cannot be found")
        return row

    def summary(self, name: str) -> dict:
        """A group as the lists of the API have it."""
        return {"groupName": name, "groupArn": self._arns.thing_group(name)}

    def create_thing_group(self, params: dict) -> dict:
        """Idempotent for the same parent, description and attributes; for others
        ResourceAlreadyExistsError. The parent stays for good.

        InvalidRequestError for a parent that does not exist, or has no room below it.
        """
        refuse(params, "tags")
        name = params["thingGroupName"]
        properties = params.get("thingGroupProperties", {})
        attributes = of_new(properties.get("attributePayload", {}), "thing group", ATTRIBUTES)
        wanted = (
            params.get("parentGroupName"),
            properties.get("thingGroupDescription"),
            attributes,
        )
        with self._database.transaction():
            row = self.row(name)
            if row is None:
                self._insert(name, *wanted)
                row = self.row(name)
        if (row["parent"], row["description"], json.loads(row["attributes"])) != wanted:
            raise ResourceAlreadyExistsError(
                f"Thing group {name} already exists with another parent or other properties",
                members={"resourceId": row["id"], "resourceArn": self._arns.thing_group(name)},
            )
        arn = self._arns.thing_group(name)
        return {"thingGroupName": name, "thingGroupArn": arn, "thingGroupId": row["id"]}

    def describe_thing_group(self, params: dict) -> dict:
        """The group, and the groups above it from the topmost one on."""
        row = self.require(params["thingGroupName"])
        name = row["name"]
        metadata = {"creationDate": row["created"]}
        if row["parent"] is not None:
            above = self._database.rows(
                f"{WITH_ANCESTORS} SELECT name FROM thing_group JOIN reached USING (name)"
                " WHERE name <> :group ORDER BY level",
                {"group": name},
            )
            metadata["parentGroupName"] = row["parent"]
            metadata["rootToParentThingGroups"] = [self.summary(a["name"]) for a in above]
        return {
            "thingGroupName": name,
            "thingGroupId": row["id"],
            "thingGroupArn": self._arns.thing_group(name),
            "version": row["version"],
            "thingGroupProperties": _properties(row),
            "thingGroupMetadata": metadata,
        }

    def update_thing_group(self, params: dict) -> dict:
        """Change description and attributes; what is left out stays. Returns the new version.

        VersionConflictError if the group's version is not expectedVersion.
        """
        with self._database.transaction():
            row = self.require(params["thingGroupName"])
            check_version(row, params.get("expectedVersion"))
            properties = params["thingGroupProperties"]
            before = json.loads(row["attributes"])
            payload = properties.get("attributePayload", {})
            attributes = of_changed(before, payload, "thing group", ATTRIBUTES)
            description = properties.get("thingGroupDescription", row["description"])
            self._database.execute(
                "UPDATE thing_group SET description = ?, attributes = ?, version = version + 1"
                " WHERE name = ?",
                (description, json.dumps(attributes), row["name"]),
            )
        return {"version": row["version"] + 1}

    def list_thing_groups(self, params: dict) -> dict:
        """Groups by name, a page at a time: all, or those below `parentGroup`, its direct children
        alone unless `recursive`. Without parent, `recursive` false stands for the topmost ones.
        """
        parent, recursive = params.get("parentGroup"), params.get("recursive")
        values = {"group": parent, "prefix": params.get("namePrefixFilter", "")}
        source, condition = "", "1"
        if parent is not None:
            self.require(parent)
            condition = "parent = :group"
            if recursive:
                source, condition = WITH_DESCENDANTS, "name IN reached AND name <> :group"
        elif recursive is False:
            condition = "parent IS NULL"

        def rows(after: str | None, limit: int) -> list:
            return self._database.rows(
                f"{source} SELECT name FROM thing_group WHERE {condition}"
                " AND substr(name, 1, length(:prefix)) = :prefix AND name > :after"
                " ORDER BY name LIMIT :limit",
                {**values, "after": after or "", "limit": limit},
            )

        found, token = page(rows, "name", params.get("nextToken"), params.get("maxResults"))
        return {"thingGroups": [self.summary(row["name"]) for row in found], "nextToken": token}

    def _insert(
        self, name: str, parent: str | None, description: str | None, attributes: dict
    ) -> None:
        root, level = name, 1
        if parent is not None:
            above = self.row(parent)
            if above is None:
                raise InvalidRequestError(f"parentGroupName: there is no thing group {parent}")
            root, level = above["root"], above["level"] + 1
            if level > LEVELS:
                raise InvalidRequestError(
                    f"Thing group {name} would be on level {level} of its hierarchy; "
                    f"the limit is {LEVELS}"
                )
            children = self._database.row(
                "SELECT count(*) AS number FROM thing_group WHERE parent = ?", (parent,)
            )
            if children["number"] >= CHILDREN:
                raise InvalidRequestError(
                    f"Thing group {parent} has {CHILDREN} child groups, which is the limit"
                )
        self._database.execute(
            "INSERT INTO thing_group VALUES (?, ?, 1, ?, ?, ?, ?, ?, ?)",
            (
                name,
                str(uuid4()),
                parent,
                root,
                level,
                description,
                json.dumps(attributes),
                self._clock.time(),
            ),
        )


def _properties(row) -> dict:
    """What a group has of description and attributes."""
    found = {}
    if row["description"] is not None:
        found["thingGroupDescription"] = row["description"]
    attributes = json.loads(row["attributes"])
    if attributes:
        found["attributePayload"] = {"attributes": attributes}
    return found


def check_version(row, version: int | None) -> None:
    """VersionConflictError unless `version` is None or that of the group's row."""
    if version is not None and version != row["version"]:
        raise VersionConflictError(
            f"Expected version {version} of thing group {row['name']}, found {row['version']}"
        )
