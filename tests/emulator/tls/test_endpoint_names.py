"""Which names are those of AWS IoT's data endpoints."""

import re

import botocore.session
import pytest
from iotjobs_emulator.tls.endpoint_names import is_data_endpoint

WITHOUT_IOT = ("aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f")


@pytest.mark.parametrize(
    "name",
    [
        "a1b2c3-ats.iot.eu-west-1.amazonaws.com",
        "a1b2c3.iot.eu-west-1.amazonaws.com",
        "a1b2c3-ats.iot.us-gov-west-1.amazonaws.com",
        "a1b2c3-ats.iot.ap-southeast-2.api.aws",
        "a1b2c3.ats.iot.cn-north-1.amazonaws.com.cn",
        "a1b2c3-ats.iot.cn-northwest-1.amazonaws.com.cn",
        "a1b2c3.jobs.iot.eu-west-1.amazonaws.com",
        "data-ats.iot-fips.us-east-1.amazonaws.com",
        "data.jobs.iot-fips.us-east-1.amazonaws.com",
        "data-ats.iot.eusc-de-east-1.amazonaws.eu",
        "a" * 63 + ".iot.eu-west-1.amazonaws.com",
    ],
)
def test_these_are(name):
    assert is_data_endpoint(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "localhost",
        "192.168.1.10",
        "iot.eu-west-1.amazonaws.com",
        ".iot.eu-west-1.amazonaws.com",
        "*.iot.eu-west-1.amazonaws.com",
        "-ats.iot.eu-west-1.amazonaws.com",
        "a_b.iot.eu-west-1.amazonaws.com",
        "a.b.iot.eu-west-1.amazonaws.com",
        "a1b2c3.credentials.iot.eu-west-1.amazonaws.com",
        "a1b2c3.ats.iot.eu-west-1.amazonaws.com",
        "a1b2c3.ats.iot.cn-north-1.api.amazonwebservices.com.cn",
        "a1b2c3-ats.iot.cn-north-1.amazonaws.com",
        "a1b2c3-ats.iot.eu-west-1.amazonaws.com.cn",
        "a1b2c3-ats.iot.eu-west-1.amazonaws.com.",
        "a1b2c3-ats.iot.eu-west-1.amazonaws.com\n",
        "a1b2c3-ats.iot.eu-west-1.amazonaws.com.example",
        "a1b2c3-ats.iot.eu-west-1.amazonawsxcom",
        "a1b2c3-ats.iot.eu-west-\u0661.amazonaws.com",
        "a1b2c3-ats.iot.us-iso-east-1.c2s.ic.gov",
        "a1b2c3-ats.s3.eu-west-1.amazonaws.com",
        "A1B2C3-ATS.IOT.EU-WEST-1.AMAZONAWS.COM",
        "a" * 64 + ".iot.eu-west-1.amazonaws.com",
    ],
)
def test_these_are_not(name):
    assert not is_data_endpoint(name)


@pytest.mark.parametrize("service", ["iot-data", "iot-jobs-data"])
def test_every_endpoint_that_botocore_has_for_devices_is_one_and_in_no_other_partition(service):
    loader = botocore.session.Session().get_component("data_loader")
    rules = str(loader.load_service_model(service, "endpoint-rule-set-1"))
    forms = {form for form in re.findall(r"'https://([^']*)'", rules) if "{" in form}
    assert len(forms) >= 4
    partitions = loader.load_data("partitions")["partitions"]
    assert {partition["id"] for partition in partitions} > set(WITHOUT_IOT)
    for partition in partitions:
        regions = [region for region in partition["regions"] if not region.endswith("-global")]
        for form in (form for form in forms if "PartitionResult#" in form):
            for region in regions:
                name = form.replace("{Region}", region)
                for suffix in ("dnsSuffix", "dualStackDnsSuffix"):
                    value = partition["outputs"][suffix]
                    name = name.replace(f"{{PartitionResult#{suffix}}}", value)
                assert is_data_endpoint(name) == (partition["id"] not in WITHOUT_IOT), name
    for name in re.findall(r"'https://([^'{]*)'", rules):
        assert is_data_endpoint(name), name
