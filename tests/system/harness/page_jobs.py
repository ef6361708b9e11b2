"""The commands of the pages that make a thing, the complete program, and all its jobs."""

import documentation

GUIDE = documentation.text("boards/README.md")
JOBS = documentation.text("lib/iotjobs/handlers/README.md")
THING = documentation.block(GUIDE, "aws iot create-thing")
PROGRAM = documentation.block(GUIDE, "cp -r boards/starter")
FIRST_JOB = documentation.block(GUIDE, "aws iot create-job --job-id first-1")
TARGET, *CREATING = documentation.block(JOBS, "TARGET=").splitlines()
PACKING = documentation.block(JOBS, "tools/pack --new-key").splitlines()
_, *APPLICATION, FIRMWARE, FIRMWARE_JOB = PACKING  # the key is made in PROGRAM
UPDATE, UPDATE_JOB = APPLICATION
STREAM_JOB = documentation.block(JOBS, "aws iot create-stream --stream-id table-1")
OTA_UPDATE = documentation.block(JOBS, "tools/pack board/app/a --ota")
OTA_BY_HAND = documentation.block(JOBS, "aws iot create-stream --stream-id app-1-2-0")


def changing(job_id, settings):
    """The command of the page that changes a setting, for another job; `settings` as JSON."""
    line = next(line for line in CREATING if "settings-1" in line)
    return line.replace("settings-1", job_id).replace('"blink_ms": 100', settings)
