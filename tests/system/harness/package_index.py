"""A web server of pages, and an index of packages on it."""

import hashlib
import http.server
import json
import threading
import time

MPY = 6  # the version of .mpy files that MicroPython 1.25 to 1.29 loads


class PageServer:
    """At `root`, its URL, is what is in `pages`, by path; `requests`: what was asked for. With
    `context`, an SSLContext, over TLS. `pause_s`: how long each answer takes.
    """

    def __init__(self, context=None):
        self.pages = {}
        self.requests = []
        self.pause_s = 0
        site = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                site.requests.append(self.path)
                time.sleep(site.pause_s)
                body = site.pages.get(self.path)
                self.send_response(200 if body is not None else 404)
                self.send_header("Content-Length", str(len(body or b"")))
                self.send_header("Connection", "close")
                self.end_headers()
                self.wfile.write(body or b"")

            def log_message(self, *arguments):
                pass

        class Server(http.server.ThreadingHTTPServer):
            def handle_error(self, request, address):
                pass  # a client that was killed, or does not like the certificate

        self._server = Server(("127.0.0.1", 0), Handler)
        scheme = "http"
        if context:
            scheme = "https"
            self._server.socket = context.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self.root = f"{scheme}://localhost:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class PackageIndex(PageServer):
    """At `url` are packages, laid out as micropython-lib's tools/build.py does it."""

    @property
    def url(self):
        return f"{self.root}/pi/v2"

    def add(self, name, version, sources, deps=()):
        """Publish a package, as source; returns its files, a dict of path to bytes."""
        files = {path: source.encode() for path, source in sources.items()}
        document = {"v": 1, "hashes": [], "version": version, "deps": deps}
        for path, data in files.items():
            digits = hashlib.sha256(data).hexdigest()[:8]
            self.pages[f"/pi/v2/file/{digits[:2]}/{digits}"] = data
            document["hashes"].append([path, digits])
        page = json.dumps(document, separators=(",", ":")).encode() + b"\n"
        for published in ("latest", version):
            self.pages[f"/pi/v2/package/{MPY}/{name}/{published}.json"] = page
        return files


def tree(folder):
    """Path below the folder to the content of its files, without the record of packages."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and ".packages" not in path.parts
    }
