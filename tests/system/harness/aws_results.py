"""What a run of the `aws` command line came to."""

import json

SERVICE_ERROR = 255  # awscli 1.x, for whatever the service refuses
USAGE_ERROR = 2  # for options that it does not know, or that are missing


def ok(process) -> dict:
    """The CLI's JSON; {} if it printed nothing."""
    assert process.returncode == 0, process.stderr
    return json.loads(process.stdout) if process.stdout.strip() else {}
