"""Attachments: which certificate (a principal of the model) is which thing's, and so may what."""

from cryptography import x509
from cryptography.x509.oid import NameOID

from ..arns import Arns
from ..database import Database
from ..errors import InvalidRequestError
from ..policies import Permissions
from .certificates import ACTIVE, Certificates, certificate_id
from .memberships import Memberships
from .paging import check_only_page, page
from .policy_targets import PolicyTargets
from .principal import Principal
from .principal_changes import PrincipalChanges
from .things import Things

_SHARED = "NON_EXCLUSIVE_THING"  # [m] ThingPrincipalType: the default


class Principals:
    """The operations of the `iot` model on attachments: modelled input to output members.

    A thing may have several certificates. A certificate has at most one thing, since it is the
    thing's identity; the service itself allows more.
    """

    def __init__(
        self,
        database: Database,
        things: Things,
        certificates: Certificates,
        memberships: Memberships,
        policy_targets: PolicyTargets,
        arns: Arns,
        changes: PrincipalChanges,
        is_open: bool,
    ):
        self._database = database
        self._things = things
        self._certificates = certificates
        self._memberships = memberships
        self._policy_targets = policy_targets
        self._arns = arns
        self._changes = changes
        self._is_open = is_open

    def principal_of(self, der: bytes) -> Principal | None:
        """Whom a certificate (DER) stands for; None if it is not one of the registry's, or not
        ACTIVE. What it says holds until `PrincipalChanges` tells of the certificate.
        """
        identifier = certificate_id(der)
        row = self._database.row(
            "SELECT thing_name FROM certificate LEFT JOIN attachment ON certificate_id = id"
            " WHERE id = ? AND status = ?",
            (identifier, ACTIVE),
        )
        if row is None:
            return None
        thing = row["thing_name"]
        own = self._policy_targets.of_certificate(identifier)
        groups = [] if thing is None else self._memberships.groups_of(thing)
        inherited = self._policy_targets.of_groups(groups)
        if self._is_open and not own and not inherited:
            return Principal(identifier, None, thing, None, None, self._arns)
        together, alone = Permissions((*own, *inherited)), Permissions(own)
        return Principal(identifier, _common_name(der), thing, together, alone, self._arns)

    def attach_thing_principal(self, params: dict) -> dict:
        """Attach a certificate to a thing; idempotent.

        InvalidRequestError if the certificate is another thing's.
        """
        if params.get("thingPrincipalType", _SHARED) != _SHARED:
            raise InvalidRequestError(
                f"The emulator does not support thingPrincipalType {params['thingPrincipalType']}"
            )
        name = params["thingName"]
        with self._database.transaction():
            self._things.require(name)
            identifier = self._certificate(params["principal"])
            owner = self._thing(identifier)
            if owner is None:
                self._database.execute(
                    "INSERT INTO attachment (certificate_id, thing_name) VALUES (?, ?)",
                    (identifier, name),
                )
                self._changes.of_certificate(identifier)
            elif owner != name:
                raise InvalidRequestError(
                    f"The certificate {identifier} is attached to the thing {owner}; the emulator "
                    "attaches a certificate to one thing only"
                )
        return {}

    def detach_thing_principal(self, params: dict) -> dict:
        """Detach a certificate from a thing; InvalidRequestError if it is not attached to it."""
        name = params["thingName"]
        with self._database.transaction():
            self._things.require(name)
            identifier = self._certificate(params["principal"])
            if self._thing(identifier) != name:
                raise InvalidRequestError(
                    f"The certificate {identifier} is not attached to the thing {name}"
                )
            self._database.execute(
                "DELETE FROM attachment WHERE certificate_id = ?", (identifier,)
            )
            self._changes.of_certificate(identifier)
        return {}

    def list_thing_principals(self, params: dict) -> dict:
        """The ARNs of a thing's certificates, a page at a time."""
        name = params["thingName"]
        self._things.require(name)

        def rows(after: str | None, limit: int) -> list:
            return self._database.rows(
                "SELECT * FROM attachment WHERE thing_name = ? AND certificate_id > ?"
                " ORDER BY certificate_id LIMIT ?",
                (name, after or "", limit),
            )

        token, size = params.get("nextToken"), params.get("maxResults")
        found, token = page(rows, "certificate_id", token, size)
        arns = [self._arns.certificate(row["certificate_id"]) for row in found]
        return {"principals": arns, "nextToken": token}

    def list_principal_things(self, params: dict) -> dict:
        """The thing of a certificate, as a list of one or none."""
        thing = self._thing(self._certificate(params["principal"]))
        check_only_page(params.get("nextToken"))
        return {"things": [] if thing is None else [thing]}

    def list_thing_principals_v2(self, params: dict) -> dict:
        """ListThingPrincipals with the kind of each attachment, or those of one kind."""
        listed = self.list_thing_principals(params)
        return {
            "thingPrincipalObjects": _of_kind("principal", listed["principals"], params),
            "nextToken": listed["nextToken"],
        }

    def list_principal_things_v2(self, params: dict) -> dict:
        """ListPrincipalThings with the kind of the attachment, or those of one kind."""
        listed = self.list_principal_things(params)
        return {"principalThingObjects": _of_kind("thingName", listed["things"], params)}

    def _certificate(self, principal: str) -> str:
        prefix = self._arns.certificate("")
        if not principal.startswith(prefix):
            raise InvalidRequestError(
                f"The principal {principal!r} is no certificate of this registry: {prefix}<id>"
            )
        return self._certificates.require(principal[len(prefix) :])["id"]

    def _thing(self, identifier: str) -> str | None:
        select = "SELECT thing_name FROM attachment WHERE certificate_id = ?"
        row = self._database.row(select, (identifier,))
        return row["thing_name"] if row else None


def _of_kind(member: str, names: list[str], params: dict) -> list[dict]:
    """Attachments by what they lead to; there is but one kind of them here."""
    if params.get("thingPrincipalType", _SHARED) != _SHARED:
        return []
    return [{member: name, "thingPrincipalType": _SHARED} for name in names]


def _common_name(der: bytes) -> str | None:
    subject = x509.load_der_x509_certificate(der).subject
    names = subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if names else None
