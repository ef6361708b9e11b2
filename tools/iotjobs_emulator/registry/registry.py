"""The registry as one: its parts over one database, and the endpoint that devices use."""

from ..arns import Arns
from ..authority import Authority
from ..clock import WallClock
from ..database import Database
from ..errors import InvalidRequestError
from ..remembered import Remembered
from .certificates import Certificates
from .memberships import Memberships
from .policies import Policies
from .policy_targets import PolicyTargets
from .principal_changes import PrincipalChanges
from .principals import Principals
from .schema import SCHEMA
from .thing_groups import ThingGroups
from .things import Things

ENDPOINT_TYPES = ("iot:Data-ATS", "iot:Data", "iot:Jobs", "iot:CredentialProvider")  # [m]


class Registry:
    """Things, their groups, certificates and policies, kept in the database.

    Each operation of the `iot` model is a method of its snake_case name. It takes the modelled
    input members (validated before, see `rest`), and returns the output members. Times are in
    seconds since 1970. They raise ServiceError. `endpoint` is the host name that DescribeEndpoint
    answers. `is_open`: a certificate without a policy may do what belongs to its own thing.
    """

    def __init__(
        self,
        database: Database,
        clock: WallClock,
        authority: Authority,
        region: str,
        account: str,
        endpoint: str = "localhost",
        is_open: bool = False,
    ):
        database.create(*SCHEMA)
        arns = Arns(region, account)
        changes = PrincipalChanges(database)
        things = Things(database, arns)
        groups = ThingGroups(database, clock, arns)
        memberships = Memberships(database, things, groups, arns)
        memberships.on_changed(changes.of_things)
        certificates = Certificates(database, clock, authority, arns, changes)
        policies = Policies(database, clock, arns, changes)
        targets = PolicyTargets(database, policies, certificates, groups, arns, changes)
        principals = Principals(
            database, things, certificates, memberships, targets, arns, changes, is_open
        )
        self.endpoint = endpoint

        # Asked with each request of a device.
        self.thing_exists = Remembered(database, things.exists)
        self.on_thing_created = things.on_created
        self.on_thing_deleted = things.on_deleted
        self.create_thing = things.create_thing
        self.describe_thing = things.describe_thing
        self.list_things = things.list_things
        self.update_thing = things.update_thing
        self.delete_thing = things.delete_thing

        self.group_id = groups.group_id
        self.group_members = memberships.group_members
        self.groups_of = memberships.groups_of
        self.on_membership_changed = memberships.on_changed
        self.create_thing_group = groups.create_thing_group
        self.describe_thing_group = groups.describe_thing_group
        self.update_thing_group = groups.update_thing_group
        self.delete_thing_group = memberships.delete_thing_group
        self.list_thing_groups = groups.list_thing_groups
        self.add_thing_to_thing_group = memberships.add_thing_to_thing_group
        self.remove_thing_from_thing_group = memberships.remove_thing_from_thing_group
        self.update_thing_groups_for_thing = memberships.update_thing_groups_for_thing
        self.list_things_in_thing_group = memberships.list_things_in_thing_group
        self.list_thing_groups_for_thing = memberships.list_thing_groups_for_thing

        self.create_keys_and_certificate = certificates.create_keys_and_certificate
        self.create_certificate_from_csr = certificates.create_certificate_from_csr
        self.on_certificate_registered = certificates.on_registered
        self.register_certificate = certificates.register_certificate
        self.register_certificate_without_ca = certificates.register_certificate_without_ca
        self.describe_certificate = certificates.describe_certificate
        self.list_certificates = certificates.list_certificates
        self.update_certificate = certificates.update_certificate
        self.delete_certificate = certificates.delete_certificate

        self.create_policy = policies.create_policy
        self.get_policy = policies.get_policy
        self.list_policies = policies.list_policies
        self.delete_policy = policies.delete_policy
        self.create_policy_version = policies.create_policy_version
        self.list_policy_versions = policies.list_policy_versions
        self.get_policy_version = policies.get_policy_version
        self.set_default_policy_version = policies.set_default_policy_version
        self.delete_policy_version = policies.delete_policy_version
        self.attach_policy = targets.attach_policy
        self.detach_policy = targets.detach_policy
        self.attach_principal_policy = targets.attach_principal_policy
        self.detach_principal_policy = targets.detach_principal_policy
        self.list_principal_policies = targets.list_principal_policies
        self.list_policy_principals = targets.list_policy_principals
        self.list_attached_policies = targets.list_attached_policies
        self.list_targets_for_policy = targets.list_targets_for_policy

        self.principal_of = Remembered(database, principals.principal_of)
        self.on_principal_changed = changes.on_changed
        self.attach_thing_principal = principals.attach_thing_principal
        self.detach_thing_principal = principals.detach_thing_principal
        self.list_thing_principals = principals.list_thing_principals
        self.list_principal_things = principals.list_principal_things
        self.list_thing_principals_v2 = principals.list_thing_principals_v2
        self.list_principal_things_v2 = principals.list_principal_things_v2

    def describe_endpoint(self, params: dict) -> dict:
        """The host for devices, the same for every endpoint type, without a port."""
        kind = params.get("endpointType")
        if kind is not None and kind not in ENDPOINT_TYPES:
            raise InvalidRequestError(
                f"endpointType {kind!r} is none of {', '.join(ENDPOINT_TYPES)}"
            )
        return {"endpointAddress": self.endpoint}
