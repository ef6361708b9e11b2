"""What some parts of the tests need that PyPI does not have: a Chromium, and Node.js with npm.

npm installs AWS's SDKs for JavaScript into `.node`: that of the API, and that for devices.
"""

import os
import re
import shutil
import subprocess

import environment
from environment import ROOT, TOOLS, UnusableError

JAVASCRIPT = TOOLS / "javascript"  # package.json, and the lock file without a registry's name
JAVASCRIPT_FOLDER = ROOT / ".node"
OLDEST_NODE = 20  # AWS's SDK for JavaScript asks for it
# Nothing that a package brings is run, and nothing is said or asked that was not asked for.
QUIETLY = ("--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier")
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
BROWSER_VARIABLE = "CHROMIUM"


def prepare_javascript():
    """Install AWS's SDKs for JavaScript into `.node`; its folder of modules, for NODE_PATH.

    The lock file has what each package must be (`integrity`), and not where it comes from
    (`resolved`, left out by npm's omit-lockfile-registry-resolved). npm asks the registry that it
    is set up for. Raises UnusableError.
    """
    node()
    npm = _program("npm", "npm, which comes with Node.js, is not on PATH")
    files = [JAVASCRIPT / name for name in ("package.json", "package-lock.json")]
    mark = "\n".join(file.read_text() for file in files)
    with environment.made_once(JAVASCRIPT_FOLDER, mark) as needed:
        if needed:
            environment.say("first run of these tests: installing the AWS SDKs for JavaScript")
            JAVASCRIPT_FOLDER.mkdir()
            for file in files:
                shutil.copy(file, JAVASCRIPT_FOLDER)
            environment.run(
                [npm, "--prefix", JAVASCRIPT_FOLDER, "ci", *QUIETLY],
                "npm could not install tools/javascript: is its registry reachable?",
            )
    return JAVASCRIPT_FOLDER / "node_modules"


def node():
    """The path of Node.js. Raises UnusableError."""
    wanted = f"Node.js {OLDEST_NODE} or newer"
    found = _program("node", f"{wanted} is not on PATH (apt-get install nodejs npm)")
    version = _output([found, "--version"])
    number = re.match(r"v(\d+)\.", version)
    if number is None or int(number[1]) < OLDEST_NODE:
        raise UnusableError(f"{wanted} is needed, {found} is {version or 'none'}")
    return found


def chromium():
    """The path of the browser: CHROMIUM, else the first on PATH. Raises UnusableError."""
    given = os.environ.get(BROWSER_VARIABLE)
    for name in (given,) if given else BROWSERS:
        found = shutil.which(name)
        if found is not None:
            return found
    if given:
        raise UnusableError(f"no browser at {given}: {BROWSER_VARIABLE} names the path of one")
    raise UnusableError(
        f"no Chromium on PATH ({', '.join(BROWSERS)}): apt-get install chromium, or set "
        f"{BROWSER_VARIABLE} to the path of one"
    )


def _program(name, otherwise):
    found = shutil.which(name)
    if found is None:
        raise UnusableError(otherwise)
    return found


def _output(command):
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip()
