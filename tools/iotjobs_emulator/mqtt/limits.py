"""Every limit of the broker, each with its source.

WIRE    the section "Limits" of SERVICE.md
QUOTA   AWS General Reference, "AWS IoT Core endpoints and quotas", message broker
GUIDE   AWS IoT developer guide, "MQTT"
OWN     this emulator's: the service has none, or none that is published
"""

from ..topics import MAX_TOPIC_BYTES

MAX_PAYLOAD_BYTES = 131_072  # WIRE
MAX_FILTERS_PER_SUBSCRIBE = 8  # WIRE
MAX_QOS = 1  # WIRE
MAX_SUBSCRIPTIONS = 50  # QUOTA; of one session
MAX_CLIENT_ID_BYTES = 128  # QUOTA; in UTF-8
MAX_IN_FLIGHT = 100  # QUOTA; QoS 1 messages sent to one client and not acknowledged
MAX_INBOUND = 100  # QUOTA; QoS 1 messages of one client that the broker has not acknowledged
MAX_TOPIC_ALIASES = 8  # QUOTA; of one connection, in each direction
MIN_KEEP_ALIVE_SECONDS = 30  # QUOTA; what a request for less gets, but for 0
MAX_KEEP_ALIVE_SECONDS = 1_200  # QUOTA; what a request for 0, or for more than this, gets
KEEP_ALIVE_FACTOR = 1.5  # MQTT 3.1.1, 3.1.2.10
SESSION_EXPIRY_SECONDS = 3_600  # GUIDE; at most, counted from the disconnection
MIN_MESSAGE_EXPIRY_SECONDS = 1  # GUIDE; what a message with 0 gets
MAX_MESSAGE_EXPIRY_SECONDS = 604_800  # GUIDE; what one with more gets: seven days
MAX_PACKET_BYTES = 149_504  # GUIDE [?]; of MQTT 5, whatever it holds

# The largest remaining length a client of MQTT 3.1.1 may announce: a full PUBLISH (topic length,
# topic, packet id, payload). Every other packet that respects the limits is shorter.
MAX_REMAINING_BYTES = 2 + MAX_TOPIC_BYTES + 2 + MAX_PAYLOAD_BYTES
MAX_REMAINING_BYTES_5 = MAX_PACKET_BYTES - 4  # behind the type and three bytes of length

MAX_QUEUED_MESSAGES = 1_000  # OWN; QoS 1 messages a session holds, in flight and waiting
MAX_QUEUED_BYTES = 2 * 1024 * 1024  # OWN; what the same hold
WRITE_BUFFER_BYTES = 4 * MAX_PAYLOAD_BYTES  # OWN; unsent bytes at which a connection is full
MAX_RETAINED_MESSAGES = 5_000  # OWN; of all topics together
MAX_RETAINED_BYTES = 16 * 1024 * 1024  # OWN; what the same hold

FIRST_PACKET_SECONDS = 10.0  # OWN; from the open connection to a whole CONNECT
HANDSHAKE_SECONDS = 30.0  # OWN; a small board may take ten to verify a certificate chain
CLOSING_SECONDS = 2.0  # OWN; from a close to its enforcement, if the peer does not join in
PACKETS_PER_TURN = 100  # OWN; of one client, until the others have a turn
TIMER_PERIOD_SECONDS = 0.5  # OWN; how late a deadline may be noticed
