"""A board starts: start.py FACTS, on MicroPython's unix port. FACTS is a file of the host
(tools/unix_board/board.py). boot.py and main.py run as on a board, or the program that the facts
name in place of main.py.
"""

import io
import sys

HERE = sys.path[0]
FACTS = sys.argv[1]

from board_on_unix import chip, root, sockets, system  # noqa: E402

chip.connect(FACTS)
facts = chip.facts
root.mount(facts["root"], facts["platform"], facts["machine"])
sys.path[:] = ["", ".frozen", "/lib"]
if facts["program"]:
    sys.path.append(root.HOST + facts["program"].rpartition("/")[0])
folders = [HERE + "/every_board", HERE + "/" + facts["board"], HERE]
sys.path += [root.HOST + path for path in folders + facts["path"]]
system.install(facts["platform"], facts["machine"])
sockets.install()
if facts["platform"] == "esp32":
    __import__("esp32").begin()
if facts["is_watched"]:
    from beside_lib.iotjobs import calls

    calls.watch(chip)


def run(path, name, variables):
    with open(path) as file:
        source = file.read()
    if facts["program"] and source[:1] == "\ufeff":  # tools/deploy takes it away
        source = source[1:]
    variables["__file__"] = name
    exec(compile(source, name, "exec"), variables)


def show(error):
    """Print its traceback as a board does: without the lines of what is not on a board."""
    text = io.StringIO()
    sys.print_exception(error, text)
    for line in text.getvalue().splitlines():
        if '/start.py", line ' not in line and '/iotjobs/calls.py", line ' not in line:
            print(line)


def told(error):
    """An exception in a line."""
    text = "%s: %s" % (type(error).__name__, error)
    return text[:-2] if text.endswith(": ") else text


def start():
    variables = {"__name__": "__main__"}
    for name in ("boot.py", "main.py"):
        path = "/" + name
        if name == "main.py" and facts["program"]:
            path = root.HOST + facts["program"]
            name = path.rpartition("/")[2]
        try:
            sys.modules["os"].stat(path)
        except OSError:
            continue
        try:
            run(path, name, variables)
        except SystemExit:
            chip.ends(reset="sys.exit()")
        except BaseException as error:
            show(error)
            chip.tell(end=told(error), file=name)
            return
    chip.tell(end=None)


start()
