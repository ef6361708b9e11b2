"""Names of AWS that lead elsewhere while a program is tried."""

_ENDS = (".amazonaws.com", ".amazonaws.com.cn")


def is_service(host, endpoints):
    """Whether it is an endpoint of AWS IoT, or one of these."""
    return host in endpoints or (
        host.endswith(_ENDS) and ".iot." in host.replace(".ats.iot.", ".iot.")
    )


def is_files(host):
    """Whether it is a name of S3."""
    return host.endswith(_ENDS) and (host.startswith("s3.") or ".s3." in host)
