"""A board's Wi-Fi, for the program in boards/starter: it is connected once it was asked to be."""

STA_IF = 0


class WLAN:
    def __init__(self, interface):
        self._asked = None

    def active(self, wanted):
        pass

    def connect(self, ssid, key):
        self._asked = ssid, key
        print("wifi", ssid)

    def isconnected(self):
        return bool(self._asked)
