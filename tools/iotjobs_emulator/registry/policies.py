"""IoT policies and their versions. What they are attached to: `policy_targets`."""

import re
from uuid import uuid4

from .. import policies
from ..arns import Arns
from ..clock import WallClock
from ..database import Database
from ..errors import ResourceAlreadyExistsError, ResourceNotFoundError, ServiceError
from .paging import number, page
from .principal_changes import PrincipalChanges
from .unsupported import refuse

VERSIONS = 5  # [m] CreatePolicyVersion
_VERSION_ID = re.compile(r"[1-9][0-9]{0,17}")  # no longer one is a number to sqlite
_CONFLICT = "DeleteConflictException"


class Policies:
    """The operations of the `iot` model on policies themselves: modelled input to output members.

    A policy's documents are valid ones: `policies.parse` has read them.
    """

    def __init__(
        self,
        database: Database,
        clock: WallClock,
        arns: Arns,
        changes: PrincipalChanges,
    ):
        self._database = database
        self._clock = clock
        self._arns = arns
        self._changes = changes

    def require(self, name: str):
        """The row of a policy; ResourceNotFoundError if there is none."""
        row = self._database.row("SELECT * FROM policy WHERE name = ?", (name,))
        if row is None:
            raise ResourceNotFoundError(f"The policy {name} does not exist")
        return row

    def create_policy(self, params: dict) -> dict:
        """A new policy, whose version 1 is its default. ResourceAlreadyExistsError for a name that
        is taken, also by the same document; MalformedPolicyError as `policies.parse` says.
        """
        refuse(params, "tags")
        name, document = params["policyName"], params["policyDocument"]
        policies.parse(document)
        now = self._clock.time()
        with self._database.transaction():
            if self._database.row("SELECT 1 FROM policy WHERE name = ?", (name,)):
                raise ResourceAlreadyExistsError(
                    f"The policy {name} exists already",
                    members={"resourceId": name, "resourceArn": self._arns.policy(name)},
                )
            self._database.execute(
                "INSERT INTO policy"
                " (name, default_version, last_version, generation, created, modified)"
                " VALUES (?, 1, 1, ?, ?, ?)",
                (name, str(uuid4()), now, now),
            )
            self._insert_version(name, 1, document, now)
        return {**self._summary(name), "policyDocument": document, "policyVersionId": "1"}

    def get_policy(self, params: dict) -> dict:
        """The policy with the document of its default version."""
        row = self.require(params["policyName"])
        return {
            **self._summary(row["name"]),
            "policyDocument": self._version(row["name"], row["default_version"])["document"],
            "defaultVersionId": str(row["default_version"]),
            "creationDate": row["created"],
            "lastModifiedDate": row["modified"],
            "generationId": row["generation"],
        }

    def list_policies(self, params: dict) -> dict:
        """Policies, the newest first unless `ascendingOrder`, a page at a time."""
        behind, order = (">", "ASC") if params.get("ascendingOrder") else ("<", "DESC")

        def rows(after: str | None, limit: int) -> list:
            where = "" if after is None else f"WHERE number {behind} :after"
            return self._database.rows(
                f"SELECT * FROM policy {where} ORDER BY number {order} LIMIT :limit",
                {"after": number(after), "limit": limit},
            )

        found, marker = page(rows, "number", params.get("marker"), params.get("pageSize"))
        return {"policies": [self._summary(r["name"]) for r in found], "nextMarker": marker}

    def delete_policy(self, params: dict) -> dict:
        """Delete a policy with its one version; DeleteConflictException while it is attached, or
        has other versions.
        """
        with self._database.transaction():
            name = self.require(params["policyName"])["name"]
            if self._database.row("SELECT 1 FROM policy_target WHERE policy_name = ?", (name,)):
                raise ServiceError(
                    _CONFLICT, f"The policy {name} is attached: detach it before deletion"
                )
            versions = self._versions(name)
            if len(versions) > 1:
                raise ServiceError(
                    _CONFLICT,
                    f"The policy {name} has {len(versions)} versions: delete all but the default",
                )
            self._database.execute("DELETE FROM policy_version WHERE policy_name = ?", (name,))
            self._database.execute("DELETE FROM policy WHERE name = ?", (name,))
        return {}

    def create_policy_version(self, params: dict) -> dict:
        """A further version, the default one if `setAsDefault`; at most five at a time."""
        document, is_default = params["policyDocument"], params.get("setAsDefault", False)
        policies.parse(document)
        with self._database.transaction():
            row = self.require(params["policyName"])
            name, version = row["name"], row["last_version"] + 1
            if len(self._versions(name)) >= VERSIONS:
                raise ServiceError(
                    "VersionsLimitExceededException",
                    f"The policy {name} has {VERSIONS} versions, which is the limit",
                )
            now = self._clock.time()
            self._insert_version(name, version, document, now)
            self._database.execute(
                "UPDATE policy SET last_version = ?, modified = ? WHERE name = ?",
                (version, now, name),
            )
            if is_default:
                self._set_default(name, version)
        return {
            "policyArn": self._arns.policy(name),
            "policyDocument": document,
            "policyVersionId": str(version),
            "isDefaultVersion": is_default,
        }

    def list_policy_versions(self, params: dict) -> dict:
        """All versions of a policy, the newest first."""
        row = self.require(params["policyName"])
        return {
            "policyVersions": [
                {
                    "versionId": str(found["version"]),
                    "isDefaultVersion": found["version"] == row["default_version"],
                    "createDate": found["created"],
                }
                for found in self._versions(row["name"])
            ]
        }

    def get_policy_version(self, params: dict) -> dict:
        """One version of a policy with its document."""
        row, found = self._named(params)
        return {
            **self._summary(row["name"]),
            "policyDocument": found["document"],
            "policyVersionId": str(found["version"]),
            "isDefaultVersion": found["version"] == row["default_version"],
            "creationDate": found["created"],
            "lastModifiedDate": found["created"],  # a version never changes
            "generationId": row["generation"],
        }

    def set_default_policy_version(self, params: dict) -> dict:
        """Make a version the one that counts."""
        with self._database.transaction():
            row, found = self._named(params)
            self._set_default(row["name"], found["version"])
        return {}

    def delete_policy_version(self, params: dict) -> dict:
        """Delete a version; DeleteConflictException for the default one."""
        with self._database.transaction():
            row, found = self._named(params)
            if found["version"] == row["default_version"]:
                raise ServiceError(
                    _CONFLICT,
                    f"Version {found['version']} is the default of the policy {row['name']}",
                )
            self._database.execute(
                "DELETE FROM policy_version WHERE policy_name = ? AND version = ?",
                (row["name"], found["version"]),
            )
        return {}

    def _summary(self, name: str) -> dict:
        return {"policyName": name, "policyArn": self._arns.policy(name)}

    def _named(self, params: dict) -> tuple:
        """The rows of the policy and of the version that a request names."""
        row, text = self.require(params["policyName"]), params["policyVersionId"]
        found = self._version(row["name"], int(text)) if _VERSION_ID.fullmatch(text) else None
        if found is None:
            raise ResourceNotFoundError(f"The policy {row['name']} has no version {text}")
        return row, found

    def _version(self, name: str, version: int):
        return self._database.row(
            "SELECT * FROM policy_version WHERE policy_name = ? AND version = ?", (name, version)
        )

    def _versions(self, name: str) -> list:
        return self._database.rows(
            "SELECT * FROM policy_version WHERE policy_name = ? ORDER BY version DESC", (name,)
        )

    def _insert_version(self, name: str, version: int, document: str, now: float) -> None:
        self._database.execute(
            "INSERT INTO policy_version VALUES (?, ?, ?, ?)", (name, version, document, now)
        )

    def _set_default(self, name: str, version: int) -> None:
        self._database.execute(
            "UPDATE policy SET default_version = ?, modified = ? WHERE name = ?",
            (version, self._clock.time(), name),
        )
        self._changes.of_policy(name)
