"""Names of AWS that lead elsewhere while a program is tried."""

# Those of China, and of Europe's own cloud; "api" has the names that IPv6 has too.
_ENDS = (
    ".amazonaws.com",
    ".amazonaws.com.cn",
    ".amazonaws.eu",
    ".api.aws",
    ".api.amazonwebservices.com.cn",
    ".api.amazonwebservices.eu",
)


def is_service(host, endpoints):
    """Whether it is an endpoint of AWS IoT, or one of these."""
    return host in endpoints or (
        host.endswith(_ENDS) and ".iot." in host.replace(".ats.iot.", ".iot.")
    )


def is_files(host):
    """Whether it is a name of S3."""
    return host.endswith(_ENDS) and (host.startswith("s3.") or ".s3." in host)
