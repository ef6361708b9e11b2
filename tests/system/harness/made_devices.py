"""Devices that are made at an emulator, by a tool that is ended anywhere."""

from iotjobs_emulator import provision
from provisioning import session
from provisioning.certificates import Certificates
from provisioning.folder import Folder
from provisioning.making import Making
from provisioning.policies import Policies
from provisioning.removing import Removing, forget
from provisioning.rotating import Rotating
from provisioning.wanted import Wanted

CA = b"a root"


class EndedError(Exception):
    """The tool is ended here."""


class Registry:
    """`end_at(step, after)` ends the tool at one of its calls of the service, or of its writes,
    before or after that has happened; `steps` counts them. `end_after` ends it when such a call
    was answered.
    """

    def __init__(self, emulator, folder, monkeypatch):
        self.emulator = emulator
        self.endpoint = emulator.emulator.registry.endpoint
        self.iot = provision.iot_client(emulator.control_url)
        self.folder = folder
        self.steps = 0
        self._end, self._is_after, self._call = None, False, None
        self.iot.meta.events.register_first("before-call.iot", self._before)
        self.iot.meta.events.register_last("after-call.iot", self._after)
        put = Folder.put

        def counted(folder, name, data):
            self._before()
            put(folder, name, data)
            self._after()

        monkeypatch.setattr(Folder, "put", counted)

    def end_at(self, step, after):
        self.steps, self._end, self._is_after, self._call = 0, step, after, None

    def end_after(self, call):
        self.never_end()
        self._call = call

    def never_end(self):
        self.end_at(None, False)

    def of(self, thing):
        return Folder(self.folder / thing)

    def certificates(self):
        return Certificates(self.iot, self.iot, lambda: session.known(self.folder))

    def make(self, thing, again=False, **more):
        """As one run of the tool does."""
        settings = {"endpoint": self.endpoint, "ca": CA, "is_rsa": False}
        policies = Policies(self.iot, https=more.pop("https", False))
        making = Making(self.iot, self.certificates(), policies, **settings)
        device = Wanted(thing, **{"attributes": {}, "type": None, "groups": (), **more})
        return making.make(device, self.of(thing), again)

    def remove(self, thing):
        name = self._removing().remove(thing, self.of(thing), Policies(self.iot), self.endpoint)
        forget(self.of(thing))
        return name

    def rotate(self, thing):
        about = "tools/provision {}".format
        service = self.iot, self.certificates(), self._removing(), self.endpoint
        rotating = Rotating(*service, about)
        return rotating.go_on(thing, self.of(thing))

    def _removing(self):
        return Removing(self.iot, self.certificates(), sleep=lambda seconds: None)

    def principals(self, thing):
        return self.iot.list_thing_principals(thingName=thing)["principals"]

    def all_certificates(self):
        pages = self.iot.get_paginator("list_certificates").paginate()
        return [each["certificateArn"] for page in pages for each in page["certificates"]]

    def _before(self, **_):
        self.steps += 1
        if self.steps == self._end and not self._is_after:
            raise EndedError

    def _after(self, model=None, **_):
        if model is not None and model.name == self._call:
            raise EndedError
        if self.steps == self._end and self._is_after:
            raise EndedError
