"""Requests at and beyond every limit of a service model, with the verdict that the model implies.

Reads the model's JSON itself: it shares nothing with the code that it is to judge but the texts of
`model_texts`, which are written by hand.
"""

from collections.abc import Iterator
from typing import NamedTuple

from model_texts import examples, fitting, raw_model

INTEGERS = {"integer": 31, "long": 63}
IN_TEXT = ("uri", "querystring", "header")
_WRONG = {
    "string": [5, 1.5, True, [], {}],
    "integer": ["5", "", 1.5, True, [], {}],
    "long": ["5", "", 1.5, True, [], {}],
    "double": ["x", "", True, [], {}],
    "boolean": ["true", "", 0, 1, [], {}],
    "blob": ["no Base64", "QQ", 5, True, [], {}],
    "list": ["x", 5, True, {}],
    "map": ["x", 5, True, []],
    "structure": ["x", 5, True, []],
}
# What a label, a query or a header can say wrong.
_WRONG_TEXT = {
    "string": [],
    "integer": ["x", "", "1.5", "1e1", "true", " 1", "9" * 200],
    "long": ["x", "", "1.5", "1e1", "true", " 1", "9" * 200],
    "boolean": ["x", "", "1", "True", "yes"],
}


class Case(NamedTuple):
    """`refused`: the member that a refusal names ("targets.1.member"), None: it is accepted."""

    params: dict
    refused: str | None


class ModelCases:
    """The cases of a service's operations."""

    def __init__(self, service: str):
        model = raw_model(service)
        self.operations = model["operations"]
        self.shapes = model["shapes"]

    def cases(self, operation: str) -> list[Case]:
        """Each member absent, null, of the wrong type, at and beyond its limits; the others are
        there only if they are required."""
        if "input" not in self.operations[operation]:
            return []
        return [Case(*found) for found in self._structure(self.shapes[self.input_of(operation)])]

    def input_of(self, operation: str) -> str:
        return self.operations[operation]["input"]["shape"]

    def least(self, name: str) -> object:
        """The smallest value of a shape: only what is required."""
        shape = self.shapes[name]
        kind = shape["type"]
        if kind == "structure":
            members = shape["members"]
            return {n: self.least(members[n]["shape"]) for n in shape.get("required", ())}
        if kind == "list":
            return [self.least(shape["member"]["shape"])] * shape.get("min", 0)
        if kind == "map":
            return {}
        if kind == "string":
            return self._text(shape)
        if kind == "blob":
            return b"x"
        return shape.get("min", {"boolean": True, "double": 1.0}.get(kind, 1))

    def _text(self, shape: dict) -> str:
        if "enum" in shape:
            return shape["enum"][0]
        lengths = range(max(shape.get("min", 0), 1), 70)
        return next(
            text for n in lengths if (text := fitting(shape.get("pattern"), n)) is not None
        )

    def _values(self, name: str, in_text: bool = False) -> Iterator[tuple[object, str | None]]:
        """Values of a shape, each with the path below it that is refused."""
        shape = self.shapes[name]
        kind = shape["type"]
        for wrong in (_WRONG_TEXT if in_text else _WRONG)[kind]:
            yield wrong, ""
        if kind == "structure":
            yield from self._structure(shape)
        elif kind == "list":
            yield from self._list(shape)
        elif kind == "map":
            yield from self._map(shape)
        elif kind == "string":
            yield from self._string(shape)
            if not in_text:
                yield "\ud800", ""
        elif kind == "blob":
            assert "min" not in shape and "max" not in shape, "a blob with a size: write its cases"
            yield from ((data, None) for data in (b"", b"text", bytes(range(256))))
        elif kind == "boolean":
            yield from ((True, None), (False, None))
        elif kind == "double":
            yield from self._number(shape, 0.01)
        else:
            yield from self._integer(shape, INTEGERS[kind])

    def _structure(self, shape: dict) -> Iterator[tuple[dict, str | None]]:
        required = shape.get("required", ())
        whole = {n: self.least(shape["members"][n]["shape"]) for n in required}
        yield whole, None
        yield {**whole, "noSuchMember": {"a": [None]}}, None
        for name, member in shape["members"].items():
            verdict = name if name in required else None
            yield {n: value for n, value in whole.items() if n != name}, verdict
            yield {**whole, name: None}, verdict
            for value, path in self._values(member["shape"], member.get("location") in IN_TEXT):
                yield {**whole, name: value}, _join(name, path)

    def _list(self, shape: dict) -> Iterator[tuple[list, str | None]]:
        item = shape["member"]["shape"]
        least, most = shape.get("min", 0), shape.get("max")
        right = self.least(item)
        padding = [right] * (least - 1)
        yield [right] * least, None
        yield [right] * max(least, most or 3), None
        if least:
            yield [right] * (least - 1), ""
        if most is not None:
            yield [right] * (most + 1), ""
        yield [None, *padding], "1.member"
        yield [right, None], "2.member"
        for value, path in self._values(item):
            yield [value, *padding], _join("1.member", path)

    def _map(self, shape: dict) -> Iterator[tuple[dict, str | None]]:
        key_shape, value_shape = shape["key"]["shape"], shape["value"]["shape"]
        key, right = self.least(key_shape), self.least(value_shape)
        assert "min" not in shape and "max" not in shape, "a map with a size: write its cases"
        yield {}, None
        yield {key: right}, None
        yield {key: None}, key
        for value, path in self._values(value_shape):
            yield {key: value}, _join(key, path)
        for other, path in self._string(self.shapes[key_shape]):
            yield {other: right}, path

    def _string(self, shape: dict) -> Iterator[tuple[str, str | None]]:
        if "enum" in shape:
            yield from ((word, None) for word in shape["enum"])
            yield from ((word, "") for word in ("", "NO_SUCH_WORD", shape["enum"][0].lower()))
            return
        pattern = shape.get("pattern")
        least, most = shape.get("min", 0), shape.get("max", 100_000)
        fits, misfits = examples(pattern) if pattern else (["", "a", "é\n"], [])
        yield from ((text, None if least <= len(text) <= most else "") for text in fits)
        yield from ((text, "") for text in misfits)
        if misfits and not any(least <= len(text) <= most for text in misfits):
            # One that only the pattern refuses: it ends in what fits nowhere.
            yield fitting(pattern, least)[:-1] + misfits[-1][-1], ""
        limits = [(shape[n], None) for n in ("min", "max") if n in shape]
        limits += [(least - 1, "")] if least else []
        limits += [(most + 1, "")] if "max" in shape else []
        texts = ((fitting(pattern, length), verdict) for length, verdict in limits)
        yield from ((text, verdict) for text, verdict in texts if text is not None)

    def _integer(self, shape: dict, bits: int) -> Iterator[tuple[int, str | None]]:
        ranged = {"min": -(2**bits), "max": 2**bits - 1, **shape}
        yield from self._number(ranged, 1)

    def _number(self, shape: dict, step: float) -> Iterator[tuple[float, str | None]]:
        for limit, beyond in (("min", -step), ("max", step)):
            if limit in shape:
                yield shape[limit], None
                yield shape[limit] + beyond, ""


def _join(name: str, path: str | None) -> str | None:
    return None if path is None else f"{name}.{path}" if path else name
