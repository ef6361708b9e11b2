"""How provisioning fails."""


class ProvisionError(Exception):
    """What was asked cannot be done; the message says why, and what to do."""


class RefusedError(ProvisionError):
    """The service, or what leads to it, refuses all devices alike: it is of no use to go on."""


class BusyError(ProvisionError):
    """Another run of this tool is at the device just now; the message says which."""
