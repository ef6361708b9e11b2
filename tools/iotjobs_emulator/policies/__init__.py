"""IoT policies: what a certificate may do (SERVICE.md, section Policies).

`document` reads one into statements, of `patterns` and `conditions` over the `context` of a
request. `evaluate` decides by the statements; `rights` asks in the words of MQTT and HTTPS.
Nothing here knows of a database or a connection.
"""

from .document import Statement, parse
from .evaluate import Permissions
from .rights import HttpRights, MqttRights

__all__ = ["HttpRights", "MqttRights", "Permissions", "Statement", "parse"]
