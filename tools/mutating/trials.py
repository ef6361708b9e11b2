"""Which mistakes the tests see: each is made in a copy of the tree, two of them side by side."""

import importlib.util
import os
import pathlib
import queue
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import NamedTuple

from .catalogue import CatalogueError, Mutation
from .runs import Run, Runner
from .trees import Tree

WORKERS = 2
NAMED_SECONDS = 600  # the limit of a run of the test files that a mutation names
WHOLE_SECONDS = 3_600  # and of the whole default run

# The list's own tests see every mistake, since its line is no longer there.
_LEFT_OUT = "--ignore=tests/system/testing/test_mutants.py"

KILLED = "killed"
SURVIVED = "survived"
ERROR = "error"


class Trial(NamedTuple):
    """What came of a mutation. `told`: which test killed it, or what is wrong."""

    mutation: Mutation
    verdict: str
    told: str
    seconds: float
    by_named: bool = True  # the test files that it names have decided it


class BaselineError(Exception):
    """The tests do not pass without a mistake."""


class Laboratory:
    """Copies of the tree at `root`, in a temporary folder. A context manager: they are removed at
    its end, and what is running is ended.

    `limits`: the seconds of a run of the files named, and of a whole run.
    """

    def __init__(
        self,
        root: pathlib.Path,
        limits: tuple[float, float] = (NAMED_SECONDS, WHOLE_SECONDS),
    ):
        self._root = root
        self._named_limit, self._whole_limit = limits
        self._runner = Runner()
        self._pool = ThreadPoolExecutor(WORKERS)
        self._free: queue.SimpleQueue[Tree] = queue.SimpleQueue()

    def __enter__(self) -> "Laboratory":
        self._folder = tempfile.TemporaryDirectory(
            prefix="iotjobs-mutants-", ignore_cleanup_errors=True
        )
        try:
            for number in range(WORKERS):
                path = pathlib.Path(self._folder.name) / f"tree{number}"
                self._free.put(Tree(self._root, path))
        except BaseException:
            self._folder.cleanup()
            raise
        return self

    def __exit__(self, *_) -> None:
        self._runner.stop()
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._folder.cleanup()

    def check(self, mutations: list[Mutation]) -> float:
        """Run the test files that they name without any mistake; how many seconds that took.
        Raises BaselineError if one fails.
        """
        return self._check([*_parallel(), *sorted({n for m in mutations for n in m.tests})])

    def trials(
        self,
        mutations: list[Mutation],
        postponed: Callable[[Mutation], None],
        named_only: bool = False,
    ) -> Iterator[Trial]:
        """What comes of each, as it ends. Those that the files named do not see come last.

        `postponed` is told of these. They go through the whole default run, one after the other.
        It must pass without them, or BaselineError is raised. With `named_only` they have
        survived.
        """
        survivors = []
        tasks = [self._pool.submit(self._try_named, mutation) for mutation in mutations]
        for task in as_completed(tasks):
            trial = task.result()
            if trial.verdict == SURVIVED and not named_only:
                survivors.append(trial)
                postponed(trial.mutation)
            else:
                yield trial
        whole_run = [*_parallel(), _LEFT_OUT]
        if survivors:
            self._check(whole_run)
        for trial in survivors:
            whole = self._try(trial.mutation, whole_run, self._whole_limit)
            yield whole._replace(by_named=False, seconds=trial.seconds + whole.seconds)

    def _check(self, arguments: list[str]) -> float:
        tree = self._free.get()
        try:
            run = self._runner.run(tree.path, arguments, self._whole_limit)
        finally:
            self._free.put(tree)
        if not run.passed:
            raise BaselineError(f"without a mistake they fail: {run.failed or run.problem}")
        return run.seconds

    def _try_named(self, mutation: Mutation) -> Trial:
        return self._try(mutation, mutation.tests, self._named_limit)

    def _try(self, mutation: Mutation, arguments, limit: float) -> Trial:
        tree = self._free.get()
        try:
            with tree.with_mistake(mutation):
                run = self._runner.run(tree.path, arguments, limit)
        except CatalogueError as error:
            return Trial(mutation, ERROR, str(error), 0.0)
        finally:
            self._free.put(tree)
        return Trial(mutation, *_judged(run), run.seconds)


def _judged(run: Run) -> tuple[str, str]:
    if run.passed:
        return SURVIVED, "no test fails"
    if run.failed is not None:
        return KILLED, run.failed
    return ERROR, run.problem or ""


def _parallel() -> list[str]:
    # xdist's option is known where pytest takes up the plugins that are installed.
    if os.environ.get("PYTEST_DISABLE_PLUGIN_AUTOLOAD") or not importlib.util.find_spec("xdist"):
        return []
    return ["-n", str(WORKERS), "--dist", "worksteal"]
