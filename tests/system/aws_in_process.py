"""Runs commands of `aws` one after the other by its own entry, without starting Python for each,
and without reading the same service models for each.

A list of their arguments is JSON on standard input; exit code, output and errors of each are JSON
on standard output.
"""

import contextlib
import io
import json
import sys

from awscli.clidriver import create_clidriver

models = {}


def run(arguments):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            driver = create_clidriver()
            driver.session.get_component("data_loader")._cache = models
            code = driver.main(arguments)
        except SystemExit as error:
            code = error.code
    return code, out.getvalue(), err.getvalue()


print(json.dumps([run(arguments) for arguments in json.load(sys.stdin)]))
