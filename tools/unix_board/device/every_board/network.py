"""A stand-in for `network`: Wi-Fi that is there, whatever its name and key, until the host takes
it away. Then names have no address.
"""

import time

from board_on_unix import chip

STA_IF, AP_IF = 0, 1
STAT_IDLE, STAT_CONNECTING, STAT_GOT_IP = 0, 1, 3
STAT_WRONG_PASSWORD, STAT_NO_AP_FOUND, STAT_CONNECT_FAIL = -3, -2, -1
AUTH_OPEN, AUTH_WPA_PSK, AUTH_WPA2_PSK, AUTH_WPA_WPA2_PSK = 0, 2, 3, 4
if chip.facts["platform"] == "esp32":
    STAT_IDLE, STAT_CONNECTING, STAT_GOT_IP = 1000, 1001, 1010
    STAT_BEACON_TIMEOUT, STAT_NO_AP_FOUND, STAT_WRONG_PASSWORD = 200, 201, 202
    STAT_ASSOC_FAIL, STAT_HANDSHAKE_TIMEOUT = 203, 204
    del STAT_CONNECT_FAIL

_JOINING_MS = 50
_ADDRESS = ("192.168.4.2", "255.255.255.0", "192.168.4.1", "192.168.4.1")

_AP_ADDRESS = ("192.168.4.1", "255.255.255.0", "192.168.4.1", "0.0.0.0")

_active = [False, False]  # the interfaces, whatever objects a program makes of them
_address = _ADDRESS
_settings = [{"ssid": "", "channel": 6}, {"ssid": "board", "channel": 6}]
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
    SEC_OPEN, SEC_WPA, SEC_WPA2, SEC_WPA_WPA2, SEC_WPA3, SEC_WPA2_WPA3 = 0, 2, 3, 4, 6, 7
    PM_NONE, PM_PERFORMANCE, PM_POWERSAVE = 0, 1, 2

    def __init__(self, interface_id=STA_IF):
        global _is_used
        _is_used = True
        if interface_id not in (STA_IF, AP_IF):
            raise ValueError("no such interface")
        self._interface = interface_id

    def active(self, is_active=None):
        if is_active is None:
            return _active[self._interface]
        _active[self._interface] = bool(is_active)
        if not is_active:
            self.disconnect()
        return bool(is_active)

    def deinit(self):
        self.active(False)

    def connect(self, ssid=None, key=None, *, auth=-1, security=-1, bssid=None, channel=None):
        global _joined
        _settings[STA_IF]["ssid"] = ssid
        chip.hear()
        # A Pico W looks for the access point once, an ESP32 for as long as it takes.
        if chip.is_wifi_there or chip.facts["platform"] == "esp32":
            _joined = time.ticks_ms()
        chip.tell(wifi=ssid)

    def disconnect(self):
        global _joined
        if self._interface == STA_IF:
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
        global _address
        if config is not None:
            _address = _ADDRESS if config == "dhcp" else tuple(config)
        elif self._interface == AP_IF:
            return _AP_ADDRESS
        else:
            return _address if self.isconnected() else ("0.0.0.0",) * 4

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
        if param == "essid":
            param = "ssid"
        if param is not None:
            return _settings[self._interface].get(param, 0)
        for name, value in settings.items():
            if name in ("hostname", "dhcp_hostname"):
                hostname(value)
            else:
                _settings[self._interface]["ssid" if name == "essid" else name] = value
