"""The limits of OTA updates. Sources: SERVICE.md, OTA updates; [m]: the service model `iot`; [e]:
the emulator's own.
"""

import re

# [m] OTAUpdateId has up to 128 characters. The job is called AFR_OTA-<id>, and a jobId has 64.
OTA_UPDATE_ID = re.compile(r"[a-zA-Z0-9_-]{1,56}")
FILES = range(1, 50 + 1)  # of the stream that is made of them
FILE_BYTES = 16 * 1024 * 1024
URL_SECONDS = 1_800  # [m] AwsJobPresignedUrlConfig, without expiresInSec
PENDING_SECONDS = 1.0  # [e] until the making begins
MAKING_SECONDS = 1.0  # [e] until it ends
DELETING_SECONDS = 1.0  # [e] until what is deleted is gone
