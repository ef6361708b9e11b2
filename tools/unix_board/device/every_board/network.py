"""A stand-in for `network`: Wi-Fi that is there, whatever its name and key, until the host takes
it away. Then names have no address.
"""

import time

from board_on_unix import chip

STA_IF, AP_IF = 0, 1
STAT_IDLE, STAT_CONNECTING, STAT_GOT_IP = 0, 1, 3
STAT_WRONG_PASSWORD, STAT_NO_AP_FOUND, STAT_CONNECT_FAIL = -3, -2, -1
AUTH_OPEN, AUTH_WPA_WPA2_PSK = 0, 4

_JOINING_MS = 50
_ADDRESS = ("192.168.4.2", "255.255.255.0", "192.168.4.1", "192.168.4.1")

_joined = None  # when the station began to join; None: it has not
_is_used = False
_names = {"hostname": "board", "country": "XX"}


def __getattr__(name):
    raise AttributeError("network.%s has no stand-in on a PC" % name)


def is_joined():
    """Whether the program's Wi-Fi is connected, or the program has none."""
    return not _is_used or WLAN(STA_IF).isconnected()


def hostname(name=None):
    if name is None:
        return _names["hostname"]
    _names["hostname"] = name


def country(code=None):
    if code is None:
        return _names["country"]
    _names["country"] = code


def ipconfig(param=None, **settings):
    """`ipconfig("dns")` is refused: names are the host's to look up."""
    if param is not None:
        raise ValueError("unknown config param")


class WLAN:
    """The station, or the access point, which nobody joins."""

    IF_STA, IF_AP = STA_IF, AP_IF
    PM_NONE, PM_PERFORMANCE, PM_POWERSAVE = 0, 1, 2

    def __init__(self, interface_id=STA_IF):
        global _is_used
        _is_used = True
        self._interface = interface_id
        self._active = False

    def active(self, is_active=None):
        if is_active is None:
            return self._active
        self._active = bool(is_active)
        if not is_active:
            self.disconnect()

    def connect(self, ssid=None, key=None, *, bssid=None):
        global _joined
        chip.hear()
        # A Pico W looks for the access point once, an ESP32 for as long as it takes.
        if chip.is_wifi_there or chip.facts["platform"] == "esp32":
            _joined = time.ticks_ms()
        chip.tell(wifi=ssid)

    def disconnect(self):
        global _joined
        _joined = None

    def isconnected(self):
        global _joined
        if self._interface != STA_IF or _joined is None:
            return False
        chip.hear()
        if not chip.is_wifi_there:
            if chip.facts["platform"] != "esp32":
                _joined = None
            return False
        return time.ticks_diff(time.ticks_ms(), _joined) >= _JOINING_MS

    def status(self, param=None):
        if param == "rssi":
            return -50
        if self.isconnected():
            return STAT_GOT_IP
        return STAT_IDLE if _joined is None else STAT_CONNECTING

    def scan(self):
        """One network, if there is any."""
        chip.hear()
        return [(b"Home", bytes(6), 6, -50, 3, 0)] if chip.is_wifi_there else []

    def ifconfig(self, config=None):
        if config is None:
            return _ADDRESS if self.isconnected() else ("0.0.0.0",) * 4

    def ipconfig(self, param=None, **settings):
        if param is None:
            return None
        address = self.ifconfig()
        known = {"addr4": address[:2], "gw4": address[2], "dhcp4": True, "has_dhcp4": True}
        if param not in known:
            raise ValueError("unknown config param")
        return known[param]

    def config(self, param=None, **settings):
        if param == "mac":
            return bytes.fromhex(chip.facts["id"])[:6]
        if param in ("hostname", "dhcp_hostname"):
            return hostname()
        if param is not None:
            return settings.get(param, 0)
        if "hostname" in settings:
            hostname(settings["hostname"])
