"""See it at work: a device on MicroPython takes jobs from a local AWS IoT Jobs service.

It starts the emulator on free ports, makes a thing and its certificate, and starts a device over
mutual TLS. Then it creates five jobs through the control plane:
- one that was queued while the device was away
- one that succeeds, with progress
- one whose handler fails
- one that nobody handles
- one that is canceled while it blinks

At the end it shows what the service holds of each. The exit code is 0 if all of them ended as they
must, else 1. It is 2 for a wrong argument, 130 for Ctrl-C, and 141 when the output is closed.

Examples:
  tools/demo
  tools/demo --trace                          with every MQTT message
  MICROPYTHON=/path/to/micropython tools/demo
"""

import sys

import environment


def main() -> int:
    if "-h" in sys.argv[1:] or "--help" in sys.argv[1:]:
        print(__doc__)
        return 0
    strange = [argument for argument in sys.argv[1:] if argument != "--trace"]
    if strange:
        print(f"demo: unknown argument {strange[0]}: --trace is the only one", file=sys.stderr)
        return 2
    environment.enter(sys.argv[0])
    from . import story

    return story.run(environment.micropython(), trace="--trace" in sys.argv[1:])
