"""What the messages with blocks may be spoiled by: functions of (service, messages, at)."""

from cbor_text import chunked, map_of
from stream_service import _item, in_cbor


def lost(service, messages, at):
    return messages[:at] + messages[at + 1 :]


def doubled(service, messages, at):
    return messages[: at + 1] + [messages[at].copy()] + messages[at + 1 :]


def late(service, messages, at):
    messages[at].delay = 5
    return messages


def too_late(service, messages, at):
    """It comes when it has been asked for again, and twice."""
    messages[at].delay = 150
    return messages


def first(service, messages, at):
    """It comes before the others."""
    return [messages[at]] + messages[:at] + messages[at + 1 :]


def backwards(service, messages, at):
    return messages[::-1]


def lost_with_all_after_it(service, messages, at):
    return messages[:at]


def instead(**members):
    """A message with other members comes in its place."""

    def fault(service, messages, at):
        messages[at].members.update(members)
        return messages

    return fault


def beside(**members):
    """Such a one comes before it."""

    def fault(service, messages, at):
        wrong = messages[at].copy()
        wrong.members.update(members)
        return messages[:at] + [wrong] + messages[at:]

    return fault


def without(name):
    def fault(service, messages, at):
        del messages[at].members[name]
        return messages

    return fault


def shorter(service, messages, at):
    """Its payload is a byte shorter than it says."""
    messages[at].members["p"] = messages[at].members["p"][:-1]
    return messages


def shorter_and_says_so(service, messages, at):
    messages[at].members["p"] = messages[at].members["p"][:-1]
    messages[at].members["l"] -= 1
    return messages


def longer(service, messages, at):
    messages[at].members["p"] += b"#"
    messages[at].members["l"] += 1
    return messages


def of_another_stream(service, messages, at):
    wrong = messages[at].copy()
    wrong.stream = "s11"
    wrong.members["p"] = b"#" * len(wrong.members["p"])
    return messages[:at] + [wrong] + messages[at:]


def cut_off(service, messages, at):
    """Its payload ends in the middle."""
    written = messages[at].written
    messages[at].written = lambda members: written(members)[:-3]
    return messages


def too_large(service, messages, at):
    messages[at].size = 9_000
    return messages


def updated(service, messages, at):
    """The stream is updated, and the block is of the earlier version."""
    service.version += 1
    return messages


def spelled(**how):
    """It is written otherwise, in CBOR; that is no fault."""

    def fault(service, messages, at):
        messages[at].written = lambda members: in_cbor(members, **how)
        return messages

    return fault


def in_chunks(service, messages, at):
    def written(members):
        pairs = []
        for name in members:
            value = members[name]
            if isinstance(value, bytes):
                pairs.append((name, chunked(2, [value[:1], value[1:]])))
            else:
                pairs.append((name, _item(value, 0)))
        return map_of(pairs)

    messages[at].written = written
    return messages
