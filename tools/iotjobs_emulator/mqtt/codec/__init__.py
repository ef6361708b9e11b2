"""From bytes to packets and back, in MQTT 3.1.1 and 5; knows nothing of what a broker does.

- A client's packets: `framing` cuts the stream, `reading` makes packets of its pieces.
- The broker's own: `writing`.
- What both are made of: `fields`, and MQTT 5's `properties`.
"""
