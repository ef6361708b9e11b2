"""Runs commands of `aws` by its own entry, one after the other.

So Python is not started, and the same service models are not read, for each.

A line of standard input asks for one: its arguments, environment and folder, as JSON. A line of
standard output has its exit code, output and errors.
"""

import contextlib
import io
import json
import os
import sys

from awscli.clidriver import create_clidriver

OF_AWSCLI = {"AWS_DATA_PATH": os.environ["AWS_DATA_PATH"]}  # it has put that there itself
models = {}


def run(arguments, environment, folder):
    os.environ.clear()
    os.environ.update(OF_AWSCLI, **environment)
    os.chdir(folder)
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            driver = create_clidriver()
            driver.session.get_component("data_loader")._cache = models
            code = driver.main(arguments)
        except SystemExit as error:
            code = error.code
    return code, out.getvalue(), err.getvalue()


for line in sys.stdin:
    print(json.dumps(run(**json.loads(line))), flush=True)
