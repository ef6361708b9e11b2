"""Its tests are asynchronous, and begin with a broker."""

from mqtt_fixtures import bench, certificates, pytest_pyfunc_call, tls_bench

__all__ = ["bench", "certificates", "pytest_pyfunc_call", "tls_bench"]
