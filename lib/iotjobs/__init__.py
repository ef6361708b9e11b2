"""AWS IoT Jobs for MicroPython: a device takes jobs, runs them, and reports how they ended."""

__version__ = "0.1.0"

_HOMES = {
    "JobsAgent": "agent",
    "RequestRejected": "session",
    "JobsClient": "client",
    "Job": "job",
    "JobCanceled": "outcomes",
    "JobFailed": "outcomes",
    "JobRejected": "outcomes",
    "MQTTLink": "mqtt",
    "HTTPSLink": "https",
    "LinkError": "link",
}
__all__ = tuple(_HOMES)


def __getattr__(name):
    # Loaded on demand: a program that brings its own MQTT client does not pay for MQTTLink.
    home = _HOMES.get(name, name)
    try:
        value = __import__(home, globals(), None, (name,), 1)
    except ImportError as error:
        if "'%s.%s'" % (__name__, name) in str(error):
            raise AttributeError(name)
        raise  # the module is there, something that it needs is not
    if home != name:
        value = getattr(value, name)
    globals()[name] = value
    return value
