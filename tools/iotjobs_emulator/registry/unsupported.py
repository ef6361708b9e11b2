"""Members that the models have and the registry does not: refused by name, never ignored."""

from ..errors import InvalidRequestError


def refuse(params: dict, *names: str) -> None:
    """InvalidRequestError if one of the members `names` is given."""
    for name in names:
        if params.get(name) is not None:
            raise InvalidRequestError(f"The emulator does not support {name}")
