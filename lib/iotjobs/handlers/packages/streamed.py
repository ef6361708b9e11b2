"""Packages whose files are in a stream. The job document says what a package.json would, since
nothing else is fetched: {"package": "name@1.2", "stream": …, "files": [{"path": …, "file": 0,
"sha256": …}, …]} in the place of a text. Loaded where a job has one.
"""

from ...fetch.of_streams import check_stream
from ...files.digests import check_sha256
from ...outcomes import JobRejected
from .index import Package


class Streamed(Package):
    """What `members`, a dict, says. It is as a Package that was read already. What it depends on
    the job names too.

    Raises ValueError, or JobRejected with the place, for what is wrong with it.
    """

    def __init__(self, members):
        super().__init__(members.get("package"), "")
        name = self.name
        if ":" in name:
            raise ValueError("%s: it has a place of its own, and no stream" % name)
        self.url = None
        self.version = self.wanted
        files = members.get("files")
        if not isinstance(files, list) or not files:
            raise ValueError("%s: files: a list of files is needed" % name)
        self.files = [self._file(members, at, files[at]) for at in range(len(files))]

    def _file(self, members, at, file):
        where = "%s: files[%d]." % (self.name, at)
        if not isinstance(file, dict):
            raise ValueError(where[:-1] + ": no object")
        sha256 = file.get("sha256")
        if sha256 is not None:
            try:
                sha256 = check_sha256(sha256)
            except JobRejected as error:
                raise JobRejected(where + error.reason)
        source = check_stream(members.get("stream"), file.get("file"), where)
        return file.get("path"), source, sha256
