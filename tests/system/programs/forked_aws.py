"""The `aws` command line for fork_server.py, with the services' models read before."""

import os

from awscli.clidriver import create_clidriver

OF_AWSCLI = os.environ["AWS_DATA_PATH"]  # it has put that there itself
SERVICES = ("iot", "iot-data", "iot-jobs-data")
models = {}


def prepare():
    os.environ.update(AWS_DEFAULT_REGION="eu-west-1")
    driver = new_driver()
    for service in SERVICES:
        driver.session.create_client(service, aws_access_key_id="x", aws_secret_access_key="x")
    driver.session.get_available_services()


def main(arguments):
    os.environ["AWS_DATA_PATH"] = OF_AWSCLI
    return new_driver().main(arguments)


def new_driver():
    driver = create_clidriver()
    driver.session.get_component("data_loader")._cache = models
    return driver
