"""What is said of an exception: where the program raised it, and not where the library did."""

from iotjobs.outcomes import told
from support import equal

CALLS = """
def calling(call):
    def calls(): call()
    return calls
"""


def in_file(name, call):
    """A function of a program in a file of this name, which calls `call`."""
    made = {}
    exec(compile(CALLS, name, "exec"), made)
    return made["calling"](call)


def said_of(*names):
    """What is told of an exception that came through a line of each of these files."""
    call = None
    for name in reversed(names):
        call = in_file(name, call)
    try:
        call()
    except TypeError as error:  # None cannot be called
        text = told(error)
    return text[text.rfind("(") + 1 : -1]


def test_the_last_line_of_the_program_is_told():
    equal(said_of("main.py", "blink.py"), "blink.py, line 3")
    equal(said_of("/app/a/application.py"), "application.py, line 3")


def test_a_line_of_the_library_is_not():
    for own in (
        "iotjobs/agent/job.py",
        "/iotjobs/agent/job.py",
        "/lib/iotjobs/agent/job.py",
        "/home/me/iotjobs/lib/iotjobs/agent/job.py",
    ):
        equal(said_of("main.py", own), "main.py, line 3", own)


def test_a_program_in_a_folder_of_that_name_is_not_the_library():
    for own in ("/home/me/iotjobs/main.py", "projects/iotjobs/app/main.py", "my_iotjobs/main.py"):
        equal(said_of(own, "/lib/iotjobs/agent/job.py"), "main.py, line 3", own)


def test_what_has_no_file_is_not_told():
    equal(said_of("main.py", "<stdin>"), "main.py, line 3")
