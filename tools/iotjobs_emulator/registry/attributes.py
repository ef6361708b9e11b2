"""The attribute payload of things and thing groups: how a new one is read, how one is changed."""

from ..errors import InvalidRequestError


def of_new(payload: dict, owner: str, limit: int) -> dict:
    """The attributes of a new thing or group. `owner` ("thing") and `limit` are for messages.

    InvalidRequestError for `merge`, an attribute without value, or more than `limit` of them.
    """
    attributes = payload.get("attributes", {})
    if payload.get("merge"):
        raise InvalidRequestError(
            "attributePayload.merge is valid for UpdateThing and UpdateThingGroup only"
        )
    for key, value in attributes.items():
        if not value:
            raise InvalidRequestError(f"The attribute {key} of a new {owner} has no value")
    _check_count(attributes, owner, limit)
    return attributes


def of_changed(before: dict, payload: dict, owner: str, limit: int) -> dict:
    """The attributes after an update: replaced, or with `merge` added to; an empty value removes
    one. InvalidRequestError for more than `limit` of them.
    """
    attributes = payload.get("attributes", before)
    if payload.get("merge"):
        attributes = {**before, **attributes}
    attributes = {key: value for key, value in attributes.items() if value}
    _check_count(attributes, owner, limit)
    return attributes


def _check_count(attributes: dict, owner: str, limit: int) -> None:
    if len(attributes) > limit:
        raise InvalidRequestError(
            f"A {owner} has at most {limit} attributes, this has {len(attributes)}"
        )
