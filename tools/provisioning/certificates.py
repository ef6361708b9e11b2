"""The certificate of a device. Its key is made here, and never leaves this machine.

Of two requests for one the service makes two, whatever they say. So that none is left over where
an answer was lost, one that nobody here knows is looked for before another is asked for. That is
so within a run too: botocore itself must not repeat the request.
"""

import email.utils
import random
import time
from collections.abc import Callable, Iterator
from typing import Any

from botocore.exceptions import ClientError

from . import account, words
from . import folder as folders
from . import record as records
from .account import code_of
from .errors import ProvisionError
from .folder import Folder

_SLACK_S = 60  # between this machine's clock, or a request that is under way, and the service's
_PAGE = 250
_MOST_LOOKED_AT = 1_000  # certificates that nobody here knows
_LONGEST_WAIT_S = 20.0


class Certificates:
    """`once` is a client that makes each call once. `known` gives the ARNs of those that other
    devices here have. `sleep` is how it waits. `iot` was asked something before a certificate is:
    by the Date of its last answer the service's clock is known, also of one that stands still.
    """

    def __init__(
        self,
        iot: Any,
        once: Any,
        known: Callable[[], set[str]],
        sleep: Callable[[float], None] = time.sleep,
    ):
        self._iot = iot
        self._once = once
        self._known = known
        self._sleep = sleep
        self._date: str | None = None  # of the last answer
        iot.meta.events.register("after-call.iot", self._note_date)

    def have(self, thing: str, folder: Folder, record: dict, is_rsa: bool) -> str:
        """The ARN of a device's certificate, which is made if there is none; its files are in the
        folder then. Raises ProvisionError for one that is not what it was.
        """
        arn = record.get("certificateArn")
        if records.is_boards(record):
            found = self.active(arn)
            folder.put(folders.CERTIFICATE, folders.der_of(found["certificatePem"]))
            return arn
        if arn is not None and not folder.has_key():
            raise ProvisionError(
                f"{folder.path / folders.KEY} is gone, and nobody can make it again: take the "
                "device back by --remove, and make it anew"
            )
        key = folder.key(is_rsa)
        if arn is None:
            request = folders.signing_request(key, thing)

            def write(asked: float) -> None:
                folder.write(**{**record, "asked": asked})

            found = self.made(request, key.public_key(), record.get("asked"), write)
        else:
            found = self.active(arn)
        if not folders.is_for(found["certificatePem"], key.public_key()):
            raise ProvisionError(f"{folder.path / folders.KEY} is not the key of {arn}")
        folder.put(folders.CERTIFICATE, folders.der_of(found["certificatePem"]))
        folder.write(**{**record, "certificateArn": found["certificateArn"]})
        return found["certificateArn"]

    def lost(self, folder: Folder, record: dict) -> dict | None:
        """What the service says of the certificate that was asked for by this record, if the
        answer was lost; None if none was made.
        """
        asked = record.get("asked")
        if asked is None or not folder.has_key():
            return None
        return self.found(asked, folder.key(is_rsa=False).public_key())

    def made(
        self, request: str, key: Any, asked: float | None, write: Callable[..., None]
    ) -> dict:
        """What the service says of an active certificate for this signing request in PEM, and its
        public key: of the one that was made since `asked`, if the answer was lost; otherwise of a
        new one, for which `write(asked=…)` is called before. Raises what botocore does.
        """
        found = None if asked is None else self.found(asked, key)
        if found is not None:
            return found
        asked = self._now()
        write(asked=asked)
        for tried in range(1, account.TRIES):
            try:
                return self._ask(request)
            except words.ERRORS as error:
                if not account.may_pass(error):
                    raise
            # Also for a request that is under way still: it is made by then.
            self._sleep(random.uniform(0.5, 1) * min(2**tried, _LONGEST_WAIT_S))
            found = self.found(asked, key)
            if found is not None:
                return found
        return self._ask(request)

    def found(self, asked: float, key: Any) -> dict | None:
        """What the service says of a certificate for this public key, made since `asked`, seconds
        since 1970 by the service's clock; None if there is none.
        """
        known = self._known()
        looked_at = 0
        for listed in self._newest():
            if listed["creationDate"].timestamp() < asked - _SLACK_S:
                break
            if listed["certificateArn"] in known:
                continue
            answer = self._iot.describe_certificate(certificateId=listed["certificateId"])
            if folders.is_for(answer["certificateDescription"]["certificatePem"], key):
                return answer["certificateDescription"]
            looked_at += 1
            if looked_at == _MOST_LOOKED_AT:
                raise ProvisionError(
                    f"of the {looked_at:,} newest certificates none is its own, and there are "
                    "more: look for it by hand, or move its folder away"
                )
        return None

    def check_here(self, folder: Folder, record: dict, endpoint: str) -> None:
        """Raises ProvisionError unless what a device has was made in the account and the region
        whose endpoint this is. Where its record has no endpoint, its certificate has to be here.
        """
        made_at = records.endpoint(record)
        if made_at == endpoint:
            return
        if made_at is not None:
            why = f"it was made where the endpoint is {made_at}, and here it is {endpoint}"
        elif self._is_here(folder, record):
            return
        else:
            why = "its record does not say where it was made, and its certificate is not here"
        raise ProvisionError(
            f"{why}: nothing is changed. Choose the account and the region in which it was made, "
            "by --profile, --region or --endpoint-url. To have it here, take it back there by "
            "--remove first; if nothing of it is there any more, move its folder away"
        )

    def _is_here(self, folder: Folder, record: dict) -> bool:
        # The new one of a rotation is the only one when the old one is taken back.
        arns = {record.get("certificateArn"), record.get("rotation", {}).get("certificateArn")}
        if not arns - {None}:
            return self.lost(folder, record) is not None
        return any(self._described(arn) for arn in arns - {None})

    def active(self, arn: str) -> dict:
        """What the service says of a device's certificate. Raises ProvisionError for one that is
        gone, or is not active.
        """
        found = self._described(arn)
        if found is None:
            raise ProvisionError(
                f"its certificate {arn} is not there: it was made in another account or region, "
                "or was deleted. Move its folder away, and run it again for a new one"
            )
        if found["status"] != "ACTIVE":
            raise ProvisionError(
                f"its certificate {arn} is {found['status']}: somebody has taken it out of use. "
                f"`aws iot update-certificate --certificate-id {found['certificateId']} "
                "--new-status ACTIVE` puts it back"
            )
        return found

    def _described(self, arn: str) -> dict | None:
        try:
            answer = self._iot.describe_certificate(certificateId=arn.rpartition("/")[2])
        except ClientError as error:
            if code_of(error) != "ResourceNotFoundException":
                raise
            return None
        return answer["certificateDescription"]

    def _newest(self) -> Iterator[dict]:
        more = {}
        while True:
            page = self._iot.list_certificates(pageSize=_PAGE, ascendingOrder=False, **more)
            yield from page["certificates"]
            if not page.get("nextMarker"):
                return
            more = {"marker": page["nextMarker"]}

    def _ask(self, request: str) -> dict:
        return self._once.create_certificate_from_csr(
            certificateSigningRequest=request, setAsActive=True
        )

    def _note_date(self, http_response: Any, **_: Any) -> None:
        self._date = http_response.headers.get("date", self._date)

    def _now(self) -> float:
        # Seconds since 1970, by the service's clock, and not later than it is.
        try:
            return email.utils.parsedate_to_datetime(self._date).timestamp()
        except (TypeError, ValueError):
            return time.time()
