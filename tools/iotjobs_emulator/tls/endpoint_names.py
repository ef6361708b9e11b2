"""Which names are those of AWS IoT's data endpoints: there devices connect to the service.

The forms are those of DescribeEndpoint's answers and of botocore's endpoint rules (`iot-data` and
`partitions.json`): `<prefix>-ats.iot.<region>.<suffix>`, and without `-ats`. China has
`<prefix>.ats.iot` as well. The older `<prefix>.jobs.iot` is for jobs alone. The partitions of
intelligence agencies are left out: AWS IoT is in none of them.
"""

import re

_PREFIX = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
# Region and suffixes of each partition. The second suffix is for IPv4 and IPv6 alike.
_AWS = r"(?:us-gov|(?!cn)[a-z]{2})-[a-z]+-[0-9]{1,2}\.(?:amazonaws\.com|api\.aws)"
_CHINA = r"cn-[a-z]+-[0-9]{1,2}\.(?:amazonaws\.com\.cn|api\.amazonwebservices\.com\.cn)"
_EUROPE = r"eusc-[a-z]{2}-[a-z]+-[0-9]{1,2}\.(?:amazonaws\.eu|api\.amazonwebservices\.eu)"
_OTHER_OF_CHINA = r"\.ats\.iot\.cn-[a-z]+-[0-9]{1,2}\.amazonaws\.com\.cn"
_NAME = re.compile(
    rf"{_PREFIX}(?:(?:\.jobs)?\.iot(?:-fips)?\.(?:{_AWS}|{_CHINA}|{_EUROPE})|{_OTHER_OF_CHINA})"
)
_MOST_CHARACTERS = 253  # RFC 1035, 2.3.4, as text


def is_data_endpoint(name: str) -> bool:
    """Whether a host name in lower case is one."""
    return len(name) <= _MOST_CHARACTERS and _NAME.fullmatch(name) is not None
