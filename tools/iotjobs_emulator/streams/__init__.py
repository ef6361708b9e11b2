"""Streams: files in S3 that devices read in blocks, over MQTT. Pure, over a Database.

What comes in:
- `control`: what an operator asks for
- `data`: what a device asks for; `asked` checks its requests, `encodings` reads and writes them

Where it lies: `store`, as `records`; the contents in S3, which `objects` reads.
`streams` puts it together. Every request is an operation of the jobs engine, and so a transaction.
"""

from .streams import Streams

__all__ = ["Streams"]
