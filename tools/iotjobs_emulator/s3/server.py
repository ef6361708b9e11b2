"""The files on a port: GET and HEAD, as S3 answers them."""

import asyncio
import base64
import os
import ssl
from collections.abc import Callable, Collection
from http import HTTPStatus
from mimetypes import guess_type

from aiohttp import web

from . import conditions
from .errors import S3Error, access_denied, invalid_uri
from .files import Files
from .names import Named, of_request
from .signing import is_signed, pairs
from .stored import Stored

_METHODS = ("GET", "HEAD")
_UNKNOWN_TYPE = "binary/octet-stream"  # S3's, where nothing better is known
_KEEP_ALIVE_SECONDS = 20.0
_CLOSE_SECONDS = 0.5
# Queries that ask S3 for something else than the object, or for it in another way ([m], s3).
_OTHER_REQUESTS = (
    *("versionId", "partNumber", "uploadId"),
    *("acl", "annotation", "attributes", "legal-hold", "retention", "tagging", "torrent"),
    *("response-cache-control", "response-content-disposition", "response-content-encoding"),
    *("response-content-language", "response-content-type", "response-expires"),
)

Done = Callable[[str, str, str, int, bytes], None]


class FileServer:
    """Serves `files`, by the clock `now` (seconds since 1970).

    What is not signed is refused, but for the objects of the buckets `public`. `done` is told of
    each request: the client's address, method and target, status, and the body of an error.
    """

    def __init__(
        self,
        files: Files,
        now: Callable[[], float],
        public: Collection[str] = (),
        done: Done = lambda *told: None,
    ):
        self._files = files
        self._now = now
        self._public = public
        self._done = done
        self._runner: web.ServerRunner | None = None

    async def listen(self, host: str, port: int, context: ssl.SSLContext | None = None) -> int:
        """Listen on one address and port (0: any free one), and return the port. Raises OSError
        when that is not possible.
        """
        server = web.Server(self._serve, access_log=None, keepalive_timeout=_KEEP_ALIVE_SECONDS)
        self._runner = web.ServerRunner(server, shutdown_timeout=_CLOSE_SECONDS)
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port, ssl_context=context).start()
        return self._runner.addresses[0][1]

    async def close(self) -> None:
        """Stop listening and close every connection, within half a second."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        headers = {
            "x-amz-request-id": os.urandom(8).hex().upper(),
            "x-amz-id-2": base64.b64encode(os.urandom(48)).decode(),
            "Server": "AmazonS3",
            "Date": conditions.http_date(int(self._now())),
        }
        try:
            return await self._answer(request, headers)
        except S3Error as problem:
            error = problem.xml(headers["x-amz-request-id"], headers["x-amz-id-2"])
            headers["Content-Type"] = "application/xml"
            body = b"" if request.method == "HEAD" else error
            self._tell(request, problem.status, error)
            return web.Response(status=problem.status, headers=headers, body=body)

    def _tell(self, request: web.BaseRequest, status: int, error: bytes = b"") -> None:
        self._done(request.remote or "", request.method, request.raw_path, status, error)

    async def _answer(self, request: web.BaseRequest, headers: dict) -> web.StreamResponse:
        path, _, query = request.raw_path.partition("?")
        named = self._permitted(request, path, query)
        with self._files.folder.open(named) as file:
            etag = await asyncio.to_thread(file.etag)
            return await self._send(request, named, file, etag, headers)

    def _permitted(self, request: web.BaseRequest, path: str, query: str) -> Named:
        """What is asked for, by one who may have it."""
        if request.method not in _METHODS:
            message = "The specified method is not allowed against this resource."
            raise S3Error(405, "MethodNotAllowed", message, Method=request.method)
        if "Authorization" in request.headers:
            raise _not_implemented("Authorization", "header")
        if not query.isascii():
            raise invalid_uri(request.raw_path)
        named = of_request(request.headers.get("Host", ""), path)
        if is_signed(query):
            self._files.signer.verify(request.method, path, query, request.headers, self._now())
        else:
            self._files.folder.check_bucket(named.bucket)
            if named.bucket not in self._public:
                raise access_denied()
        if not named.key:  # a list of objects, or of buckets
            raise access_denied()
        for name, _ in pairs(query):
            if name in _OTHER_REQUESTS:
                raise _not_implemented(name, "query")
        return named

    async def _send(
        self, request: web.BaseRequest, named: Named, file: Stored, etag: str, headers: dict
    ) -> web.StreamResponse:
        asked = request.headers
        about = {"ETag": etag, "Last-Modified": conditions.http_date(file.modified)}
        if not conditions.is_modified(asked, etag, file.modified):
            self._tell(request, HTTPStatus.NOT_MODIFIED)
            return web.Response(status=HTTPStatus.NOT_MODIFIED, headers={**headers, **about})
        part = conditions.wanted_range(asked, etag, file.modified, file.size)
        begin, end = part or (0, file.size)
        about["Accept-Ranges"] = "bytes"
        about["Content-Type"] = guess_type(named.key)[0] or _UNKNOWN_TYPE
        if part is not None:
            about["Content-Range"] = f"bytes {begin}-{end - 1}/{file.size}"
        status = HTTPStatus.OK if part is None else HTTPStatus.PARTIAL_CONTENT
        response = web.StreamResponse(status=status, headers={**headers, **about})
        response.content_length = end - begin
        self._tell(request, status)  # before the body, of which a client may not take all
        await response.prepare(request)
        if request.method == "GET":
            for data in file.read(begin, end):
                await response.write(data)
                begin += len(data)
            if begin < end and request.transport is not None:
                request.transport.abort()  # the file has become shorter meanwhile
        return response


def _not_implemented(name: str, where: str) -> S3Error:
    message = f"The emulator does not have what the {where} {name} asks for."
    return S3Error(501, "NotImplemented", message)
