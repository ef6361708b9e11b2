"""What `--generate-cli-skeleton` prints: JSON with every member of a command's input, to be filled
in and given to `--cli-input-json`; or a sample of its output.
"""

from collections import OrderedDict

from commands import BOOLEAN, LONG, MAP

_STATUS = "SUCCEEDED"  # `aws` takes one of the enumeration at random


def of_input(command):
    """The skeleton of the command's input."""
    skeleton = OrderedDict()
    for name, kind in command.members:
        skeleton[name] = _STATUS if name == "status" else _sample(kind, "")
    return skeleton


def of_output(members):
    """A sample of an answer with these members, in which every string is the member's name."""
    sample = OrderedDict()
    for name, kind in members:
        if isinstance(kind, tuple):
            sample[name] = of_output(kind)
        elif isinstance(kind, list):
            sample[name] = [of_output(kind[0])]
        else:
            sample[name] = _sample(kind, name)
    return sample


def _sample(kind, text):
    if kind == MAP:
        return {"KeyName": ""}
    return {LONG: 0, BOOLEAN: True}.get(kind, text)
