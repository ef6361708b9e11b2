"""The service's four operations as commands: what goes in, and what comes out.

Names, order and types are those of the service's model.
"""

STRING, LONG, BOOLEAN, MAP, DOCUMENT = "string", "long", "boolean", "map", "document"

_SUMMARY = (
    ("jobId", STRING),
    ("queuedAt", LONG),
    ("startedAt", LONG),
    ("lastUpdatedAt", LONG),
    ("versionNumber", LONG),
    ("executionNumber", LONG),
)
_EXECUTION = (
    ("jobId", STRING),
    ("thingName", STRING),
    ("status", STRING),
    ("statusDetails", MAP),
    ("queuedAt", LONG),
    ("startedAt", LONG),
    ("lastUpdatedAt", LONG),
    ("approximateSecondsBeforeTimedOut", LONG),
    ("versionNumber", LONG),
    ("executionNumber", LONG),
    ("jobDocument", DOCUMENT),
)
_STATE = (("status", STRING), ("statusDetails", MAP), ("versionNumber", LONG))


class Command:
    """`operation`: the service's name for it. `members`: those of its input, (name, type).

    `output`: those of its answer. The type of a structure is the tuple of its members. That of a
    list of structures has this tuple in a list.
    """

    def __init__(self, operation, about, members, required, output):
        self.operation = operation
        self.name = dashed(operation)
        self.about = about
        self.members = members
        self.required = required
        self.output = output

    def call(self, client, members):
        """Send the request by a JobsClient. Raises what that raises."""
        values = {snake(name): value for name, value in members.items() if name != "thingName"}
        getattr(client, self.name.replace("-", "_"))(**values)


def dashed(name):
    """jobId as job-id."""
    words = ""
    for letter in name:
        words += "-" + letter.lower() if letter.isupper() else letter
    return words.lstrip("-")


def snake(name):
    """jobId as job_id."""
    return dashed(name).replace("-", "_")


COMMANDS = (
    Command(
        "GetPendingJobExecutions",
        "list all jobs of a thing that have not ended",
        (("thingName", STRING),),
        ("thingName",),
        (("inProgressJobs", [_SUMMARY]), ("queuedJobs", [_SUMMARY])),
    ),
    Command(
        "StartNextPendingJobExecution",
        "get the next pending job, and start it",
        (("thingName", STRING), ("statusDetails", MAP), ("stepTimeoutInMinutes", LONG)),
        ("thingName",),
        (("execution", _EXECUTION),),
    ),
    Command(
        "DescribeJobExecution",
        "get the details of a job that has not ended",
        (
            ("jobId", STRING),
            ("thingName", STRING),
            ("includeJobDocument", BOOLEAN),
            ("executionNumber", LONG),
        ),
        ("jobId", "thingName"),
        (("execution", _EXECUTION),),
    ),
    Command(
        "UpdateJobExecution",
        "set the status of a job",
        (
            ("jobId", STRING),
            ("thingName", STRING),
            ("status", STRING),
            ("statusDetails", MAP),
            ("stepTimeoutInMinutes", LONG),
            ("expectedVersion", LONG),
            ("includeJobExecutionState", BOOLEAN),
            ("includeJobDocument", BOOLEAN),
            ("executionNumber", LONG),
        ),
        ("jobId", "thingName", "status"),
        (("executionState", _STATE), ("jobDocument", DOCUMENT)),
    ),
)
