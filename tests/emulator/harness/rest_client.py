"""For the tests: a running REST server, and clients of it."""

import asyncio
import http.client
import json
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager

import boto3
from botocore import UNSIGNED
from botocore.config import Config
from iotjobs_emulator.rest import Api, Server, Service, load_model

REGION = "eu-west-1"


def iot_server(handlers, after_request=lambda: None) -> Server:
    """A server of the model `iot` with these handlers."""
    return Server(Api(Service(load_model("iot"), handlers), after_request=after_request))


@contextmanager
def serving(handlers, after_request=lambda: None) -> Iterator[int]:
    """The port of a server with these handlers, which listens in a thread of its own."""
    server, loop = iot_server(handlers, after_request), asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield asyncio.run_coroutine_threadsafe(server.listen("127.0.0.1", 0), loop).result()
    finally:
        asyncio.run_coroutine_threadsafe(server.close(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def boto_client(port: int, signed: bool = False, service: str = "iot"):
    """A boto3 client that checks nothing by itself; to be closed."""
    config = Config(
        signature_version=None if signed else UNSIGNED,
        parameter_validation=False,
        retries={"total_max_attempts": 1},
    )
    client = boto3.client(
        service,
        endpoint_url=f"http://127.0.0.1:{port}",
        region_name=REGION,
        aws_access_key_id="any",
        aws_secret_access_key="thing",
        config=config,
    )
    return closing(client)


def ask(port: int, method: str, target: str, body: bytes | None = None, headers=None, tls=None):
    """One raw HTTP exchange, over TLS by this context: status, headers, JSON (None: no body)."""
    if tls is None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    else:
        connection = http.client.HTTPSConnection("localhost", port, timeout=60, context=tls)
    with closing(connection):
        connection.request(method, target, body, headers or {})
        response = connection.getresponse()
        content = response.read()
        return response.status, response.headers, json.loads(content) if content else None
