"""What `--help` prints."""

from commands import BOOLEAN, COMMANDS, LONG, MAP, dashed

WATCH = "watch"
_WATCH_ABOUT = "follow the notifications of a thing, over MQTT"

_WIDTH = 99
HINT = "usage: tools/jobs COMMAND --thing-name NAME [options]; tools/jobs --help tells more"

_OVERVIEW = """\
The jobs of a thing from the command line: what `aws iot-jobs-data COMMAND` does, with the same
options, output and exit codes, but as a device does it: with the device's certificate, over HTTPS
or MQTT, by the library on MicroPython.

usage: tools/jobs COMMAND --thing-name NAME [options]
       tools/jobs COMMAND --help

commands:
%s

%s
%s
exit codes: 0; 2 for a command line that cannot be understood; 255 for every other failure; 130 for
Ctrl-C; 141 when the output is closed before its end.

examples:
  export IOTJOBS_ENDPOINT=localhost IOTJOBS_CERT=device.pem IOTJOBS_KEY=key.pem IOTJOBS_CA=ca.pem
%s"""

_CONNECTION = """\
connection:
  --endpoint HOST[:PORT]  the account's (aws iot describe-endpoint --endpoint-type iot:Data-ATS);
                          the port is 8443 if there is none, and 8883 with --mqtt
  --cert FILE             the device's certificate
  --key FILE              its private key, not encrypted
  --ca FILE               the certificate of the CA that stands for the endpoint's, or of several;
                          all three may be DER or PEM, of which the first fitting block counts,
                          and of the CAs all do
  --mqtt                  go over MQTT, not HTTPS
  --client-id ID          for MQTT, by default the thing's name; the service disconnects a client
                          when another connects with its id, and the device has that name too
  --timeout SECONDS       how long connecting may take, and an answer: 10 if it is not given

IOTJOBS_ENDPOINT, IOTJOBS_CERT, IOTJOBS_KEY and IOTJOBS_CA in the environment stand for the first
four options.
"""

_VALUES = """\
A TEXT, MAP or JSON may be file://PATH. An option's beginning is enough if no other begins so.
"""

_COMMAND = """\
%s

To %s.

options:
%s
%s
%s
examples:
%s"""

_WATCH = """\
usage: tools/jobs watch --thing-name NAME

To follow the notifications of a thing over MQTT, until Ctrl-C. Each is one line of JSON:

  {"event": "notify", "message": {"timestamp": 1795839548, "jobs": {}}}

with the service's own message. "notify" is JobExecutionsChanged, "notify-next"
NextJobExecutionChanged. The first line is what is pending ("pending"), and so is the first one
after a connection that was lost and came back, which standard error tells of.

%s
examples:
  tools/jobs watch --thing-name MyThing --client-id MyThing-watch
"""

_ABOUT = {
    "thingName": "the thing's name",
    "jobId": "the job's id",
    "status": "IN_PROGRESS, SUCCEEDED, FAILED or REJECTED",
    "statusDetails": 'goes with the status: key=value,key2="a, b", or JSON',
    "stepTimeoutInMinutes": "the step timer, 1 to 10080; -1 stops it",
    "executionNumber": "which execution of the job; the latest if not given",
    "expectedVersion": "refuse if the execution's version is another",
    "includeJobDocument": "whether the answer has the job document",
    "includeJobExecutionState": "whether the answer has the execution's state",
}

_EXAMPLES = {
    "GetPendingJobExecutions": ("--thing-name MyThing",),
    "StartNextPendingJobExecution": (
        "--thing-name MyThing --status-details step=1,of=3",
        "--thing-name MyThing --step-timeout-in-minutes 5 --mqtt",
    ),
    "DescribeJobExecution": (
        "--thing-name MyThing --job-id '$next'",
        "--thing-name MyThing --job-id j1 --no-include-job-document",
    ),
    "UpdateJobExecution": (
        "--thing-name MyThing --job-id j1 --status SUCCEEDED --expected-version 2",
        "--cli-input-json file://update.json --status FAILED",
    ),
}


def overview():
    """Help for the whole tool."""
    abouts = [(command.name, command.about) for command in COMMANDS] + [(WATCH, _WATCH_ABOUT)]
    lines = "\n".join("  %-34s%s" % about for about in abouts)
    examples = "".join(_examples(command)[0] for command in COMMANDS)
    examples += "  tools/jobs watch --thing-name MyThing --client-id MyThing-watch\n"
    return _OVERVIEW % (lines, _CONNECTION, _VALUES, examples)


def of(command):
    """Help for one command."""
    shown = ""
    synopsis = ["usage: tools/jobs " + command.name]
    for name, kind in command.members:
        option = "--" + dashed(name)
        if kind == BOOLEAN:
            value = " | --no-" + dashed(name)
        else:
            value = " " + {LONG: "NUMBER", MAP: "MAP"}.get(kind, "TEXT")
        part = (" %s%s" if name in command.required else " [%s%s]") % (option, value)
        if len(synopsis[-1] + part) > _WIDTH:
            synopsis.append("      ")
        synopsis[-1] += part
        shown += _line(option + value, _ABOUT[name])
    shown += _line("--cli-input-json JSON", "all of these as one object; options count before it")
    shown += _line("--generate-cli-skeleton [input|output]", "print such an object; ask nothing")
    examples = "".join(_examples(command))
    return _COMMAND % (
        "\n".join(synopsis), command.about, shown, _CONNECTION, _VALUES, examples,
    )  # fmt: skip


def of_watch():
    """Help for `watch`."""
    return _WATCH % _CONNECTION


def _line(option, about):
    gap = " " * (42 - len(option)) if len(option) < 42 else "\n" + " " * 44
    return "  %s%s%s\n" % (option, gap, about)


def _examples(command):
    return ["  tools/jobs %s %s\n" % (command.name, e) for e in _EXAMPLES[command.operation]]
