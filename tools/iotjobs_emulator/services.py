"""What operators and devices ask of: the registry, jobs, streams and OTA updates, as one."""

from .arns import Arns
from .authority import Authority
from .clock import WallClock
from .database import Database
from .jobs import JobsEngine
from .ota import OtaUpdates
from .ota.signer import Signer
from .registry import Registry
from .rest import handlers_of
from .rest.model import Handler, Model
from .s3.files import Files
from .streams import Streams


class Services:
    """The parts over one database, each told what it must know of the others.

    `registry`, `engine`, `streams` and `ota`. The settings are those of an Emulator.
    """

    def __init__(
        self,
        database: Database,
        clock: WallClock,
        authority: Authority,
        arns: Arns,
        *,
        endpoint: str,
        is_open: bool,
        files: Files | None,
        drops_nulls: bool,
    ):
        region, account = arns.region, arns.account
        self.registry = Registry(database, clock, authority, region, account, endpoint, is_open)
        self.engine = JobsEngine(
            database,
            clock,
            self.registry.thing_exists,
            region,
            account,
            self.registry.group_members,
            self.registry.group_id,
            files,
            drops_nulls,
        )
        self.registry.on_thing_created(self.engine.thing_created)
        self.registry.on_thing_deleted(self.engine.thing_deleted)
        self.registry.on_membership_changed(self.engine.membership_changed)
        self.streams = Streams(database, self.engine.operation, arns, files)
        self.engine.control.add_taggable(self.streams.taggable)
        signer = Signer(authority.secret("ota"))
        self.ota = OtaUpdates(database, self.engine, self.streams, arns, signer)
        self._owners = (
            self.engine.control,
            self.streams.control,
            self.ota.control,
            self.registry,
        )

    def handlers(self, model: Model) -> dict[str, Handler]:
        """The operations of the control plane that there are."""
        return handlers_of(model, *self._owners)

    def perform(self, operation: str, params: dict) -> dict:
        """An operation of the control plane by its snake_case name, with modelled members that are
        valid. It raises ServiceError, or AttributeError for one that is not there.
        """
        for owner in self._owners:
            if hasattr(owner, operation):
                return getattr(owner, operation)(params)
        raise AttributeError(f"The control plane has no {operation}")
