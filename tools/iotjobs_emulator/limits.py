"""The limits of the Jobs API: numbers, patterns and character rules. The broker has its own.

Sources: SERVICE.md, section Limits; [m]: the service models `iot` and `iot-jobs-data` as botocore
ships them; [e]: the emulator's own.
"""

import re
import unicodedata

THING_NAME = re.compile(r"[a-zA-Z0-9:_-]{1,128}")
JOB_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")
NEXT_JOB = "$next"
DETAILS_KEY = re.compile(r"[a-zA-Z0-9:_-]{1,128}")
THING_GROUP_ID = re.compile(r"[a-zA-Z0-9-]{1,128}")  # [m] ThingGroupId
REASON_CODE = re.compile(r"[A-Z0-9_]{1,128}")  # [m] ReasonCode
NAMESPACE_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")  # [m] NamespaceId; [e] its length
PARAMETER_KEY = re.compile(r"[a-zA-Z0-9_-]{1,128}")  # [m] ParameterKey
EXPECTED_VERSION_DIGITS = re.compile(r"[0-9]{1,19}")

CLIENT_TOKEN_BYTES = 64
DETAILS_VALUE_CHARACTERS = 1024
CONTROL_PLANE_DETAILS = 10
TEXT_CHARACTERS = 2028  # [m] JobDescription, Comment
PARAMETER_VALUE_CHARACTERS = 30_720  # [m] ParameterValue
JOB_DOCUMENT_BYTES = 32_768
DOCUMENT_SOURCE_CHARACTERS = 1350  # [m] JobDocumentSource
ROLE_ARN = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:role/.{1,2000}")  # [m] 20 to 2048 characters
PRESIGNED_URL_SECONDS = range(60, 3600 + 1)  # [m] ExpiresInSec; the last one without it
JOB_DOCUMENT_DEPTH = 256  # [e] what every JSON reader on the way takes without trouble

TIMEOUT_MINUTES = range(1, 10_080 + 1)
NO_STEP_TIMER = -1
RETRIES = range(10 + 1)
RETRY_CRITERIA = range(1, 2 + 1)  # [m] RetryCriteriaList
MAXIMUM_PER_MINUTE = range(1, 1000 + 1)  # SERVICE.md, Roll-out
BASE_RATE_PER_MINUTE = range(1, 1000 + 1)  # [m] RolloutRatePerMinute
INCREMENT_FACTOR = (1.1, 5)  # [m] IncrementFactor, with one digit after the point
PERCENTAGE = (0, 100)  # [m] AbortThresholdPercentage, with two digits after the point
NUMBER_OF_THINGS = range(1, 2**31)  # [m] NumberOfThings, MinimumNumberOfExecutedThings
SCHEDULE_NOTICE_SECONDS = 30 * 60  # [m] SchedulingConfig; between start and end too
START_YEARS, END_YEARS = 1, 2  # [m] SchedulingConfig: how far ahead
CRON_CHARACTERS = 256  # [m] CronExpression
WINDOW_MINUTES = range(1, 1430 + 1)  # [m] DurationInMinutes
SHOWN_ROLLOUTS = 7  # [m] scheduledJobRollouts
JOB_TARGETS = 100  # [m] AssociateTargetsWithJob: of a job in all
TAGS = 50  # AWS General Reference, "Tagging your AWS resources", as are the next ones
TAG_KEY_CHARACTERS = 128
TAG_VALUE_CHARACTERS = 256
LONG = range(-(2**63), 2**63)  # [m] type long

NOTIFIED_EXECUTIONS = 15
PAGE_SIZES = range(1, 250 + 1)  # [m] LaserMaxResults


def has_control_characters(text: str) -> bool:
    r"""Whether `text` has a character of Unicode category C, which `[^\p{C}]` excludes.

    Category C holds controls, formats, surrogates, private use and unassigned code points; a text
    without them can therefore be written as UTF-8.
    """
    return not text.isprintable() and any(unicodedata.category(c)[0] == "C" for c in text)
