"""AWS IoT Jobs for MicroPython: a device takes jobs, runs them, and reports how they ended."""

__version__ = "0.1.0"

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
    # The table is made when it is looked at: nothing of it stays on the heap.
    home = {
        "JobsAgent": "agent.agent",
        "RequestRejected": "agent.session",
        "JobsClient": "client",
        "Job": "agent.job",
        "JobCanceled": "outcomes",
        "JobFailed": "outcomes",
        "JobRejected": "outcomes",
        "MQTTLink": "links.mqtt",
        "HTTPSLink": "links.https",
        "LinkError": "links.link",
        "document": "agent.document",
        "slots": "updates.slots",
        "dns": "links.dns",
    }.get(name, name)
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
