"""What an `afr_ota` document says, as AWS's OTA service and people make them: all of it checked
before anything is fetched.

Older documents leave members out that are null in newer ones. Numbers may be text. Members that
are not known here count for nothing, and neither do `certfile` and `attr`. `filepath` is a label,
and never a path.
"""

from micropython import const

from ...fetch.of_streams import check_stream
from ...fetch.sources import check_url
from ...files.digests import check_size
from ...outcomes import JobRejected
from ...updates.manifest import is_version

_MAX_FILES = const(50)  # of a stream
_MAX_KIND = const(255)
_SIGNATURE = "sig-sha256-ecdsa"
_SCHEME = "aws.s3.presigned"


class Document:
    """The document of `job`. `fetcher` says which sources it takes. `is_signed` (bool): every file
    must be signed; else none may be.

    `count` (int): of the files. JobRejected names what is wrong, and where.
    """

    def __init__(self, job, fetcher, is_signed):
        self._job = job
        self._fetcher = fetcher
        self._is_signed = is_signed
        self.count = job.count("afr_ota", "files") or 0
        if not self.count or not isinstance(job.get("afr_ota", "files", 0), dict):
            raise JobRejected("afr_ota.files: a list of files is needed")
        if self.count > _MAX_FILES:
            raise JobRejected("afr_ota.files: more than %d" % _MAX_FILES)
        self._protocols = job.get("afr_ota", "protocols")
        if self._protocols is not None and not isinstance(self._protocols, list):
            raise JobRejected("afr_ota.protocols: no list")

    def file(self, at):
        """The file number `at`: its type (int, 0 where the document has none), size (int), source
        (see sources), and signature (str, or None if none is needed). Allocates all its members,
        of which a URL is some 1,500 bytes long.
        """
        where = "afr_ota.files[%d]" % at
        members = self._job.get("afr_ota", "files", at)
        if not isinstance(members, dict):
            raise JobRejected(where + ": no object")
        kind = _number(members.get("fileType"))
        if kind is None:
            kind = 0
        if not isinstance(kind, int) or not 0 <= kind <= _MAX_KIND:
            raise JobRejected("%s.fileType: %r is not 0 to %d" % (where, kind, _MAX_KIND))
        size = check_size(_number(members.get("filesize")), where + ".filesize")
        return kind, size, self._source(members, where), self._signature(members, where)

    def version(self, at):
        """What the file number `at` is called (str): its label, if that can be a version, or else
        the job's id.
        """
        label = self._job.get("afr_ota", "files", at, "filepath")
        return label if is_version(label) else self._job.job_id

    def _source(self, members, where):
        # The stream's file, if there is a way to get that, or else the URL.
        stream = self._job.get("afr_ota", "streamname")
        url = members.get("update_data_url")
        offered = []
        if stream is not None and self._allows("MQTT"):
            source = check_stream(stream, members.get("fileid"), where + ".")
            if self._fetcher.takes(source):
                return source
            offered.append("a stream")
        if url is not None and self._allows("HTTP"):
            if self._fetcher.takes(url):
                check_url(url, where + ".update_data_url: ")
                scheme = members.get("auth_scheme")
                if scheme not in (None, _SCHEME):
                    raise JobRejected("%s.auth_scheme %r: not %r" % (where, scheme, _SCHEME))
                return url
            offered.append("a URL")
        if not offered:
            raise JobRejected(where + ": neither a stream nor a URL, by protocols that are known")
        raise JobRejected(
            "%s: by %s only, and this device has no fetcher for that"
            % (where, " and ".join(offered))
        )

    def _allows(self, protocol):
        return self._protocols is None or protocol in self._protocols

    def _signature(self, members, where):
        signature = members.get(_SIGNATURE)
        if self._is_signed and signature is not None:
            return signature
        for name in sorted(members):
            if name.startswith("sig-") and members[name] is not None:
                if self._is_signed:
                    why = "this device verifies %s only" % _SIGNATURE
                else:
                    why = "this device has no key to verify it by"
                raise JobRejected("%s: signed by %s, and %s" % (where, name, why))
        if self._is_signed:
            raise JobRejected(where + ": not signed: this device takes signed files only")
        return None


def _number(value):
    # Digits as the int that they are; anything else is what it is.
    return int(value) if isinstance(value, str) and value.isdigit() and len(value) < 10 else value
