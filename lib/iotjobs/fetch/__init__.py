"""Files that come over a network, into a sink: `Fetcher` over HTTP and HTTPS, `StreamFetcher` over
the agent's own MQTT connection, `Sources` for both. And the sinks.
"""


def __getattr__(name):
    # Loaded on demand, as in iotjobs: who needs one way does not pay for the other.
    home = {
        "Fetcher": "fetch.fetcher",
        "StreamFetcher": "fetch.streams",
        "Sources": "fetch.of_streams",
        "FileSink": "files.sinks",
        "MemorySink": "files.sinks",
    }.get(name)
    place = home or "fetch." + name
    try:
        value = __import__(place, globals(), None, (name,), 2)
    except ImportError as error:
        if "'iotjobs.%s'" % place in str(error):
            raise AttributeError(name)
        raise  # the module is there, something that it needs is not
    if home:
        value = getattr(value, name)
    globals()[name] = value
    return value
