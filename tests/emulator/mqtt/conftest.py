"""Its tests begin with a broker."""

from mqtt_fixtures import bench, certificates, tls_bench

__all__ = ["bench", "certificates", "tls_bench"]
