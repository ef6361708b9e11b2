"""The registry as one: its parts over one database, and the endpoint that devices use."""

from ..arns import Arns
from ..authority import Authority
from ..clock import VirtualClock, WallClock
from ..database import Database
from ..errors import InvalidRequestError
from .certificates import Certificates
from .principals import Principals
from .schema import SCHEMA
from .things import Things

ENDPOINT_TYPES = ("iot:Data-ATS", "iot:Data", "iot:Jobs", "iot:CredentialProvider")  # [m]


class Registry:
    """Things, certificates and attachments, kept in the database.

    Each operation of the `iot` model is a method of its snake_case name, from the modelled input
    members (validated before, see `rest`) to the output members, times in seconds since 1970.
    They raise ServiceError. `endpoint` is the host name that DescribeEndpoint answers.
    """

    def __init__(
        self,
        database: Database,
        clock: WallClock | VirtualClock,
        authority: Authority,
        region: str,
        account: str,
        endpoint: str = "localhost",
    ):
        database.create(*SCHEMA)
        arns = Arns(region, account)
        things = Things(database, arns)
        certificates = Certificates(database, clock, authority, arns)
        principals = Principals(database, things, certificates, arns)
        self.endpoint = endpoint

        self.thing_exists = things.exists
        self.on_thing_deleted = things.on_deleted
        self.create_thing = things.create_thing
        self.describe_thing = things.describe_thing
        self.list_things = things.list_things
        self.update_thing = things.update_thing
        self.delete_thing = things.delete_thing

        self.create_keys_and_certificate = certificates.create_keys_and_certificate
        self.create_certificate_from_csr = certificates.create_certificate_from_csr
        self.describe_certificate = certificates.describe_certificate
        self.list_certificates = certificates.list_certificates
        self.update_certificate = certificates.update_certificate
        self.delete_certificate = certificates.delete_certificate

        self.thing_of = principals.thing_of
        self.attach_thing_principal = principals.attach_thing_principal
        self.detach_thing_principal = principals.detach_thing_principal
        self.list_thing_principals = principals.list_thing_principals
        self.list_principal_things = principals.list_principal_things

    def describe_endpoint(self, params: dict) -> dict:
        """The host for devices, the same for every endpoint type, without a port."""
        kind = params.get("endpointType")
        if kind is not None and kind not in ENDPOINT_TYPES:
            raise InvalidRequestError(
                f"endpointType {kind!r} is none of {', '.join(ENDPOINT_TYPES)}"
            )
        return {"endpointAddress": self.endpoint}
