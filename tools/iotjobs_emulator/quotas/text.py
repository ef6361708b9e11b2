"""Quotas in one line, as `--quota` takes them: NAME=NUMBER,… and the word `default`.

    reads=2,writes=2
    default,connects=5

A NAME is a quota's, or that of an operation of the control plane, or of a group of these
(`names.CONTROL_PLANE`), which sets each of the group. `default` sets all of them as AWS has them.
What stands further right holds.
"""

from .names import CONTROL_PLANE, DEFAULTS, LEVEL, QUOTAS

DEFAULT = "default"
LARGEST = 1_000_000_000


class QuotaTextError(ValueError):
    """The text is none. It names the offender, and what there is."""


def parse_quotas(text: str) -> dict[str, float]:
    """Each quota's name and number. Raises QuotaTextError."""
    quotas: dict[str, float] = {}
    for word in text.split(","):
        name, equals, value = word.strip().partition("=")
        if name == DEFAULT and not equals:
            quotas.update(DEFAULTS)
        elif name in CONTROL_PLANE:
            quotas.update({each: _number(each, value) for each in CONTROL_PLANE[name]})
        elif name in QUOTAS:
            quotas[name] = _number(name, value)
        else:
            raise QuotaTextError(f"{name!a} is no quota; there are {_known()}")
    return quotas


def _known() -> str:
    operations = {each for group in CONTROL_PLANE.values() for each in group}
    names = [name for name in QUOTAS if name not in operations]
    return (
        f"{', '.join((DEFAULT, *names))}, the operations of the control plane by their names, and "
        f"all of these by {', '.join(CONTROL_PLANE)}"
    )


def _number(name: str, text: str) -> float:
    is_level = QUOTAS[name].unit == LEVEL
    try:
        number = int(text) if is_level else float(text)
    except ValueError:
        number = 0
    if not 0 < number <= LARGEST:  # not so for NaN either
        kind = "a whole number" if is_level else "a number"
        raise QuotaTextError(
            f"{name} needs {kind} {QUOTAS[name].unit}, above 0 and at most {LARGEST}: "
            f"{name}={QUOTAS[name].default}, not {text!a}"
        )
    return number
