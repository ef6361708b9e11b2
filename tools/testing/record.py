"""What is recorded of parts that have passed, in `tests/passed.json`. That is committed with the
change; which parts are due follows from it.
"""

import datetime
import json

import environment

PATH = environment.ROOT / "tests" / "passed.json"
UNKNOWN_S = 900  # how long a part is taken to last that has never passed


def passed():
    """What is recorded of each part that has passed, by name."""
    return json.loads(PATH.read_text()) if PATH.is_file() else {}


def due(parts):
    """Those of them that must run, those first that have not passed for longest."""
    found = passed()
    changed = [part for part in parts if found.get(part.name, {}).get("digest") != part.digest()]
    return sorted(changed, key=lambda part: found.get(part.name, {}).get("on", ""))


def expected_s(part):
    """How long it is likely to last, as it did when it passed last."""
    return passed().get(part.name, {}).get("seconds", UNKNOWN_S)


def today():
    """As in "2026-03-01"."""
    return datetime.date.today().isoformat()


def keep(part, digest, seconds):
    """Keep that a part has passed with the files of this digest, and how long it took."""
    found = passed()
    found[part.name] = {"digest": digest, "seconds": round(seconds), "on": today()}
    PATH.write_text(json.dumps(found, indent=4, sort_keys=True) + "\n")
