"""Files that come with a program in one OTA job: they are in place while that runs, and those that
were there before are again when it was rolled back.
"""

import os

import vfs
from agent_bench import Bench
from archives import archive
from esp32_chip import BLOCK, Chip, image
from firmware_bench import OLD as OLD_FIRMWARE
from flash import cut_off, mounted
from iotjobs.handlers import config, ota
from iotjobs.handlers.ota.beside import Beside
from on_flash import KINDS, content, names, write
from one_job import canceled
from ota_bench import TAR, Application, Firmware, document, failed, file, lived, succeeded
from support import equal, raises
from update_bench import NEW, RAISING, ROOT, made

BEFORE = b"before" * 50
TABLE = b"table" * 300
OTHER = b"other" * 10
THIRD = b"third" * 100
PATHS = {1: "/flash/table.bin", 2: "/flash/d/new.bin"}
GOOD = image("good", 2 * BLOCK + 777)
KEY = ["j1", 1, None]


def beside(program, number=0):
    """The document of a program, and of both files."""
    return document([file(program), file(TABLE, 1, fileType=1), file(OTHER, 2, fileType=2)])


def served(it):
    """A board with these paths, on which there is one of the files in an older version."""
    it.paths = PATHS
    it.server.files[1] = TABLE
    it.server.files[2] = OTHER
    mounted(it.kind, it.device)
    write(PATHS[1], BEFORE)
    it.device = it.device.copy()
    return it


def application(files=NEW, kind=vfs.VfsLfs2):
    tar = TAR if files is NEW else archive(files)
    return served(Application(tar, beside(tar), made(kind, blocks=120), kind))


def firmware(name="good"):
    data = GOOD if name == "good" else image(name, BLOCK)
    it = Firmware(data, beside(data), Chip(OLD_FIRMWARE))
    return served(it)


def are(new, case=None):
    """The files are those of the new program, or what was there before, and nothing else is."""
    equal(content(PATHS[1]) == (TABLE if new else BEFORE), True, case)
    equal(content(PATHS[2]), OTHER if new else None, case)


def nothing_else(case=None):
    for name in names("/flash") + (names("/flash/d") if "d" in names() else []):
        equal(name.endswith((".before", ".part", ".ota", ".plan", ".new")), False, (case, name))


def test_they_are_there_when_the_program_starts_and_stay_with_it():
    for it in [application(kind=kind) for kind in KINDS] + [firmware()]:
        boot = it.boot
        seen = []

        def noting(boot=boot, seen=seen):
            seen.append(content(PATHS[1]))
            boot()

        it.boot = noting
        succeeded(lived(it))
        equal([one == TABLE for one in seen], [False, True])
        are(True)
        nothing_else()


def test_they_go_back_with_the_program():
    for kind in KINDS:
        it = lived(application(RAISING, kind))
        failed(it, "rolled back")
        are(False, kind)
        nothing_else(kind)
    for name in ("sick", "raises", "dead"):
        it = lived(firmware(name))
        failed(it, "rolled back")
        are(False, name)
        nothing_else(name)


def test_a_firmware_that_is_tried_again_has_them_again():
    it = firmware()
    it.resets_on_trial = 2
    seen = []
    boot = it.boot

    def noting():
        boot()
        seen.append(it.name)

    it.boot = noting
    succeeded(lived(it))
    equal(seen, ["old", "good", "old", "good", "old", "good"])
    are(True)
    nothing_else()


def until_it_resets(it):
    it.up()
    it.run(lambda: it.bench.agent.job and it.bench.agent.job.is_resetting())


def test_canceled_before_the_reset_none_is_in_place():
    for it in (application(), firmware()):
        until_it_resets(it)
        are(False)
        it.restart()
        canceled(it)
        are(False)
        nothing_else()
        it = application()
        until_it_resets(it)
        it.status = "CANCELED"
        it.run(lambda it=it: not it.bench.agent.job)
        are(False)
        nothing_else()


def test_canceled_on_trial_they_follow_the_program_that_runs():
    for confirms in (True, False):
        it = application()
        it.confirms = confirms
        reset = it.restart

        def cancel(it=it, reset=reset):
            it.status = "CANCELED"
            reset()

        it.restart = cancel
        it.live(lambda it=it: it.resets and it.bench.agent.state == "IDLE")
        are(True, confirms)
        it.restart = reset
        for _ in range(5):
            it.restart()
            it.up()
            it.run(lambda it=it: it.bench.agent.state == "IDLE")
        are(confirms, confirms)
        nothing_else(confirms)


def test_a_reset_that_fails_takes_them_back():
    it = application()
    up = it.up

    def failing():
        up()
        at_reset = it.handler._image.at_reset

        def fail():
            are(True)
            raise ValueError("no reset")

        at_reset.reset = fail

    it.up = failing
    failed(lived(it), "no reset")
    are(False)
    nothing_else()
    it.up = up
    it.restart()
    it.up()
    equal(it.starts[-1], "1.1.0")


def test_files_without_a_program_need_no_plan():
    it = application()
    it.document["afr_ota"]["files"].pop(0)
    it.live()
    equal((it.status, it.resets), ("SUCCEEDED", 0), it.details)
    are(True)
    nothing_else()


def test_paths_that_collide_are_refused():
    state = "/flash/iotjobs.json"
    for paths in (
        {1: "/flash/same", 2: "/flash/same"},
        {1: "/flash/one", 2: "/flash/one.part"},
        {1: "/flash/one.before", 2: "/flash/one"},
        {1: ROOT + "/b/x.bin"},
        {1: ROOT + "/a.slot"},
        {1: state},
        {1: state + ".ota"},
    ):
        agent = Bench(state_path=state).agent
        raises(ValueError, ota.register, agent, root=ROOT, paths=paths)


def test_the_settings_are_the_old_programs_again_though_a_job_has_changed_the_new_ones():
    settings = PATHS[1]
    it = application()
    it.server.files[1] = b'{"of": "new"}'
    it.document = document([file(TAR), file(b'{"of": "new"}', 1, fileType=1)])
    mounted(it.kind, it.device)
    write(settings, b'{"of": "old"}')
    it.device = it.device.copy()
    it.confirms = False
    registered = it.registered

    def both(agent, **more):
        config.register(agent, settings)
        return registered(agent, **more)

    it.registered = both
    reset = it.restart

    def cancel():
        it.status = "CANCELED"
        reset()

    it.restart = cancel
    it.live(lambda: it.resets and it.bench.agent.state == "IDLE")
    it.restart = reset
    it.document = {"operation": "config", "settings": {"more": 1}}
    it.status = "QUEUED"
    it.number = it.version = 1
    it.queued += 1
    it.run()
    equal(it.status, "SUCCEEDED", it.details)
    for _ in range(5):
        it.restart()
        it.up()
        it.run(lambda: it.bench.agent.state == "IDLE")
    equal((it.starts[-1], content(settings)), ("1.1.0", b'{"of": "old"}'))


class Running:
    """An image of which one program runs, or not any more."""

    retries = True

    def __init__(self, is_it):
        self.is_it = is_it

    def program(self):
        return "a"

    def running(self):
        return "b"

    def runs(self, program):
        return self.is_it

    def is_another(self, program):
        return program != "b"


def test_of_a_plan_that_was_cut_off_on_its_way_the_whole_one_counts():
    path, planned = "/flash/it.ota", "/flash/it.ota.plan"
    for kind in KINDS:
        for torn, whole in ((path, planned), (planned, path)):
            for runs in (True, False):
                case = (kind, torn, runs)
                mounted(kind, made(kind))
                write(PATHS[1], BEFORE)
                write(PATHS[1] + ".part", TABLE)
                plan = Beside(path)
                plan.plan(KEY, Running(False), [PATHS[1]])
                if torn is path:  # by `put`
                    plan.put()
                if whole not in ("/flash/" + name for name in names()):
                    os.rename(path if whole is planned else planned, whole)
                write(torn, "")
                Beside(path).settle(Running(runs), KEY)
                equal(content(PATHS[1]), TABLE if runs else BEFORE, case)
                equal(content(PATHS[1] + ".part"), None if runs else TABLE, case)
                equal("it.ota" in names(), runs, case)
                equal("it.ota.plan" in names(), not runs, case)


def of_files_only(it):
    """The next job brings one of the files in another version."""
    it.document = document([file(THIRD, 3, fileType=1)])
    it.server.files[3] = THIRD
    it.status = "QUEUED"
    it.number = it.version = 1
    it.queued += 1


def test_a_file_that_comes_while_a_canceled_application_is_on_trial_stays_with_whichever_runs():
    for confirms in (True, False):
        it = application()
        it.confirms = confirms
        reset = it.restart

        def next_job(it=it, reset=reset):
            it.restart = reset
            of_files_only(it)
            reset()

        it.restart = next_job
        it.live()
        equal((it.status, content(PATHS[1])), ("SUCCEEDED", THIRD), it.details)
        for _ in range(2):
            it.restart()
            it.up()
            it.run(lambda it=it: it.bench.agent.state == "IDLE")
            equal((content(PATHS[1]), it.starts[-1]), (THIRD, "1.2.0" if confirms else "1.1.0"))
            equal(content(PATHS[2]), OTHER if confirms else None, confirms)
            nothing_else(confirms)


def test_a_program_does_not_start_without_a_file_of_it():
    it = application()
    until_it_resets(it)
    os.remove(PATHS[1] + ".part")
    it.restart()
    it.live()
    failed(it, "ENOENT")
    are(False)
    nothing_else()


def waiting(kind=vfs.VfsLfs2, device=None):
    """A plan of which both files wait, one of them new."""
    mounted(kind, device or made(kind))
    write(PATHS[1], BEFORE)
    plan = Beside("/flash/it.ota")
    paths = [PATHS[1], "/flash/new.bin"]
    for path in paths:
        write(path + ".part", TABLE)
    plan.plan(KEY, Running(False), paths)
    return plan, paths


def test_a_plan_of_a_job_that_is_over_takes_nothing_away():
    for owner, goes_on in ((KEY, True), (None, False), (["j1", 2, None], False)):
        for comes in (False, True):
            plan, paths = waiting()
            if comes and not goes_on:  # as a download brings them
                for path in paths:
                    os.rename(path + ".part", path)
            plan.settle(Running(False), owner)
            found = [content(path) for path in paths]
            equal(found, [TABLE] * 2 if comes and not goes_on else [BEFORE, None], owner)
            equal(content(plan.planned) is not None, goes_on)
            equal([content(path + ".part") is not None for path in paths], [goes_on] * 2)


def test_of_what_was_thrown_away_no_cut_leaves_anything():
    for kind in KINDS:
        at, was_cut = 0, True
        while was_cut:
            device = made(kind)
            plan, paths = waiting(kind, device)
            plan.put()
            device.cut(at)
            was_cut = cut_off(plan.settle, Running(False))
            if was_cut:
                mounted(kind, device.restart())
                plan.settle(Running(False))
            equal([content(path) for path in paths], [BEFORE, None], (kind, at))
            nothing_else((kind, at))
            at += 1
        equal(at > 5, True)


def test_what_waits_is_not_replaced_by_what_the_program_has_made_there_itself():
    plan, paths = waiting()
    write(paths[1], THIRD)
    plan.settle(Running(False), KEY)
    equal([content(path) for path in paths], [BEFORE, THIRD])
    equal([content(path + ".part") for path in paths], [TABLE] * 2)


def test_what_a_later_job_fetches_does_not_hold_a_new_file_of_another_program():
    plan, paths = waiting()
    plan.put()
    for path in paths:
        write(path + ".part", THIRD)
    plan.settle(Running(False))
    equal([content(path) for path in paths], [BEFORE, None])
