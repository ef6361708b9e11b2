"""The tools for fork_server.py: the first argument is the path of one."""

import forked_imports  # noqa: F401
import forked_tools


def prepare():
    """All has been imported."""


def main(arguments):
    forked_tools.run_as_script(arguments)
