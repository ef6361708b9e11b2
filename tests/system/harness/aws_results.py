"""What a run of the `aws` command line came to."""

import json

SERVICE_ERROR = 255  # awscli 1.x, for whatever the service refuses
USAGE_ERROR = 2  # for options that it does not know, or that are missing


def ok(process) -> dict:
    """The CLI's JSON; {} if it printed nothing."""
    assert process.returncode == 0, process.stderr
    return json.loads(process.stdout) if process.stdout.strip() else {}


def refused(process, code, *texts):
    """The service has refused it with this exception, and the CLI has said these texts of it."""
    assert (process.returncode, process.stdout) == (SERVICE_ERROR, "")
    for text in (f"An error occurred ({code}) when calling the ", *texts):
        assert text in process.stderr
