"""The limits of streams. Sources: SERVICE.md, Streams; [m]: the service model `iot`."""

import re

STREAM_ID = re.compile(r"[a-zA-Z0-9_-]{1,128}")  # [m] StreamId
FILE_ID = range(255 + 1)  # [m] FileId
STREAM_FILES = range(1, 50 + 1)  # [m] StreamFiles
FILE_BYTES = 24 * 1024 * 1024  # of a file in a stream
LAST_VERSION = 65_535  # [m] StreamVersion

TOKEN_BYTES = 64
BLOCK_BYTES = range(256, 131_072 + 1)
BLOCKS = range(98_304 + 1)  # of `o` and of `n`
BITMAP_BYTES = range(12_288)
REQUEST_BYTES = 131_072  # of payload that one GetStream gets
