"""What policies are attached to: certificates and thing groups."""

from ..arns import Arns
from ..database import Database
from ..errors import InvalidRequestError, LimitExceededError
from ..policies import Statement, parse
from .certificates import Certificates
from .paging import number, page
from .policies import Policies
from .principal_changes import PrincipalChanges
from .thing_groups import WITH_ANCESTORS, ThingGroups

OF_A_CERTIFICATE = 10  # policies; AWS General Reference, quotas of AWS IoT Core
OF_A_GROUP = 2  # developer guide, "Static thing groups"
_LIMITS = {"certificate_id": OF_A_CERTIFICATE, "group_name": OF_A_GROUP}


class PolicyTargets:
    """The operations of the `iot` model on targets: modelled input to output members.

    A target is the ARN of a certificate or of a thing group of this registry. Anything else is
    InvalidRequestError, and one that does not exist ResourceNotFoundError.
    """

    def __init__(
        self,
        database: Database,
        policies: Policies,
        certificates: Certificates,
        groups: ThingGroups,
        arns: Arns,
        changes: PrincipalChanges,
    ):
        self._database = database
        self._policies = policies
        self._certificates = certificates
        self._groups = groups
        self._arns = arns
        self._changes = changes

    def attach_policy(self, params: dict) -> dict:
        """Idempotent. LimitExceededError for more than ten policies of a certificate, or two of a
        group.
        """
        with self._database.transaction():
            name = self._policies.require(params["policyName"])["name"]
            column, key = self._target(params["target"])
            held = self._database.rows(
                f"SELECT policy_name FROM policy_target WHERE {column} = ?", (key,)
            )
            if any(row["policy_name"] == name for row in held):
                return {}
            if len(held) >= _LIMITS[column]:
                raise LimitExceededError(
                    f"{params['target']} has {len(held)} policies; the limit is {_LIMITS[column]}"
                )
            self._database.execute(
                f"INSERT INTO policy_target (policy_name, {column}) VALUES (?, ?)", (name, key)
            )
            self._tell(column, key)
        return {}

    def detach_policy(self, params: dict) -> dict:
        """Detach a policy; no error if it is not attached, or does not exist (the model has none
        for it).
        """
        with self._database.transaction():
            column, key = self._target(params["target"], must_exist=False)
            gone = self._database.execute(
                f"DELETE FROM policy_target WHERE policy_name = ? AND {column} = ?",
                (params["policyName"], key),
            )
            if gone.rowcount:
                self._tell(column, key)
        return {}

    def attach_principal_policy(self, params: dict) -> dict:
        """The older name of AttachPolicy."""
        return self.attach_policy({**params, "target": params["principal"]})

    def detach_principal_policy(self, params: dict) -> dict:
        """The older name of DetachPolicy."""
        return self.detach_policy({**params, "target": params["principal"]})

    def list_principal_policies(self, params: dict) -> dict:
        """The older form of ListAttachedPolicies: the last attached one first, unless
        `ascendingOrder`, in pages.
        """
        column, key = self._target(params["principal"])
        found, marker = self._in_order(params, column, key)
        return {"policies": [self._summary(r["policy_name"]) for r in found], "nextMarker": marker}

    def list_policy_principals(self, params: dict) -> dict:
        """The older form of ListTargetsForPolicy: the last attached one first, unless
        `ascendingOrder`, in pages.
        """
        name = self._policies.require(params["policyName"])["name"]
        found, marker = self._in_order(params, "policy_name", name)
        return {"principals": [self._arn(row) for row in found], "nextMarker": marker}

    def list_attached_policies(self, params: dict) -> dict:
        """The policies of a target by name, a page at a time; with `recursive` those of the groups
        above a group as well.
        """
        column, key = self._target(params["target"])
        source, condition = "", f"{column} = :group"
        if params.get("recursive") and column == "group_name":
            source, condition = WITH_ANCESTORS, "group_name IN reached"

        def rows(after: str | None, limit: int) -> list:
            return self._database.rows(
                f"{source} SELECT DISTINCT policy_name FROM policy_target WHERE {condition}"
                " AND policy_name > :after ORDER BY policy_name LIMIT :limit",
                {"group": key, "after": after or "", "limit": limit},
            )

        found, marker = page(rows, "policy_name", params.get("marker"), params.get("pageSize"))
        return {"policies": [self._summary(r["policy_name"]) for r in found], "nextMarker": marker}

    def list_targets_for_policy(self, params: dict) -> dict:
        """The ARNs of what a policy is attached to, in the order of attachment, in pages."""
        name = self._policies.require(params["policyName"])["name"]

        def rows(after: str | None, limit: int) -> list:
            return self._database.rows(
                "SELECT * FROM policy_target WHERE policy_name = ? AND number > ?"
                " ORDER BY number LIMIT ?",
                (name, number(after), limit),
            )

        found, marker = page(rows, "number", params.get("marker"), params.get("pageSize"))
        return {"targets": [self._arn(row) for row in found], "nextMarker": marker}

    def of_certificate(self, certificate_id: str) -> list[Statement]:
        """What the policies of a certificate say; without a policy, nothing."""
        return self._statements("certificate_id", [certificate_id])

    def of_groups(self, names: list[str]) -> list[Statement]:
        """What the policies of these groups say; without a policy, nothing."""
        return self._statements("group_name", names)

    def _in_order(self, params: dict, column: str, key: str) -> tuple[list, str | None]:
        """A page of attachments in the order in which they came about, or the other way round."""
        behind, order = (">", "ASC") if params.get("ascendingOrder") else ("<", "DESC")

        def rows(after: str | None, limit: int) -> list:
            where = "" if after is None else f"AND number {behind} :after"
            return self._database.rows(
                f"SELECT * FROM policy_target WHERE {column} = :key {where}"
                f" ORDER BY number {order} LIMIT :limit",
                {"key": key, "after": number(after), "limit": limit},
            )

        return page(rows, "number", params.get("marker"), params.get("pageSize"))

    def _summary(self, name: str) -> dict:
        return {"policyName": name, "policyArn": self._arns.policy(name)}

    def _statements(self, column: str, keys: list[str]) -> list[Statement]:
        rows = self._database.rows(
            "SELECT DISTINCT policy_name, document FROM policy_target"
            " JOIN policy ON policy.name = policy_name JOIN policy_version USING (policy_name)"
            f" WHERE version = default_version AND {column} IN ({', '.join('?' * len(keys))})",
            keys,
        )
        return [statement for row in rows for statement in parse(row["document"])]

    def _target(self, arn: str, must_exist: bool = True) -> tuple[str, str]:
        """Column and key of a target."""
        group = self._arns.thing_group_name(arn)
        if group is not None:
            if must_exist:
                self._groups.require(group)
            return "group_name", group
        prefix = self._arns.certificate("")
        if not arn.startswith(prefix):
            raise InvalidRequestError(
                f"The target {arn!a} is no certificate ({prefix}<id>) and no thing group "
                f"({self._arns.thing_group('<name>')}) of this registry"
            )
        certificate = arn[len(prefix) :]
        if must_exist:
            certificate = self._certificates.require(certificate)["id"]
        return "certificate_id", certificate.lower()

    def _arn(self, row) -> str:
        if row["group_name"] is not None:
            return self._arns.thing_group(row["group_name"])
        return self._arns.certificate(row["certificate_id"])

    def _tell(self, column: str, key: str) -> None:
        if column == "group_name":
            self._changes.of_group(key)
        else:
            self._changes.of_certificate(key)
