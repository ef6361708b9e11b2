"""What is done when a test has ended, whatever has become of it: run.py does it."""

_calls = []


def afterwards(call):
    """Call this when the test has ended; what was handed in twice, once."""
    if call not in _calls:
        _calls.append(call)


def replaced(module, name, value):
    """Let the module have this by that name, until the test has ended."""
    had = name in module.__dict__
    before = module.__dict__.get(name)

    def restore():
        if had:
            setattr(module, name, before)
        else:
            delattr(module, name)

    afterwards(restore)
    setattr(module, name, value)


def finish():
    """Do it all, the last first."""
    while _calls:
        _calls.pop()()
