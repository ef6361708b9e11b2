"""AWS IoT Jobs for MicroPython: a device takes jobs, runs them, and reports how they ended."""

__version__ = "0.1.0"

# What a program imports from here, by the module that has it, or is it. Constants: a firmware has
# them in its flash.
_HOMES = (
    ("agent.agent", "JobsAgent"),
    ("agent.session", "RequestRejected"),
    ("client", "JobsClient"),
    ("agent.job", "Job"),
    ("outcomes", "JobCanceled", "JobFailed", "JobRejected"),
    ("links.mqtt", "MQTTLink"),
    ("links.https", "HTTPSLink"),
    ("links.link", "LinkError"),
    ("agent.document", "document"),
    ("updates.slots", "slots"),
)
__all__ = (
    "JobsAgent",
    "RequestRejected",
    "JobsClient",
    "Job",
    "JobCanceled",
    "JobFailed",
    "JobRejected",
    "MQTTLink",
    "HTTPSLink",
    "LinkError",
)


def __getattr__(name):
    # Loaded on demand: a program that brings its own MQTT client does not pay for MQTTLink.
    home = name
    for names in _HOMES:
        if name in names:
            home = names[0]
    try:
        value = __import__(home, globals(), None, (name,), 1)
    except ImportError as error:
        if "'%s.%s'" % (__name__, name) in str(error):
            raise AttributeError(name)
        raise  # the module is there, something that it needs is not
    if name in __all__:
        value = getattr(value, name)
    globals()[name] = value
    return value
