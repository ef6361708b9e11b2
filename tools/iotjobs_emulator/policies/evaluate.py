"""The decision: an explicit Deny wins, then an Allow; without either the answer is no."""

from collections.abc import Iterable

from .context import Context
from .document import Statement
from .patterns import Glob


class Permissions:
    """What some policies together permit."""

    def __init__(self, statements: Iterable[Statement]):
        self._statements = tuple(statements)

    def __bool__(self) -> bool:
        """Whether there is a statement at all."""
        return bool(self._statements)

    def allows(self, action: str, resource_arn: str, context: Context) -> bool:
        """Whether a request may do this; `action` as in "iot:Connect"."""
        return self.within(context).allows(action, resource_arn)

    def within(self, context: Context) -> "Decisions":
        """The same for many questions in one context."""
        return Decisions(self._statements, context)


class Decisions:
    """Permissions in one context, which settles conditions and variables once for all."""

    def __init__(self, statements: Iterable[Statement], context: Context):
        self._context = context
        self._statements = [
            s for s in statements if all(condition.holds(context) for condition in s.conditions)
        ]
        # Per action the resources that are denied and allowed; actions come from our own code.
        self._resources: dict[str, tuple[list[Glob], list[Glob]]] = {}

    def allows(self, action: str, resource_arn: str) -> bool:
        """Whether this may be done."""
        if action not in self._resources:
            self._resources[action] = self._of_action(action.lower())
        denied, allowed = self._resources[action]
        return not _any(denied, resource_arn) and _any(allowed, resource_arn)

    def _of_action(self, action: str) -> tuple[list[Glob], list[Glob]]:
        denied: list[Glob] = []
        allowed: list[Glob] = []
        for statement in self._statements:
            bound = (pattern.bind(self._context) for pattern in statement.actions)
            if _any([glob for glob in bound if glob is not None], action):
                bound = (pattern.bind(self._context) for pattern in statement.resources)
                wanted = allowed if statement.allows else denied
                wanted += (glob for glob in bound if glob is not None)
        return denied, allowed


def _any(globs: list[Glob], text: str) -> bool:
    return any(glob.matches(text) for glob in globs)
