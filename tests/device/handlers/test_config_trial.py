"""Settings on trial: they stay when the service was reached with them."""

import json

import config_bench
import vfs
from config_bench import BEFORE, FOLDER, PATH, made, on_disk, whole_on_disk
from flash import cut_off, mounted
from iotjobs.handlers import config
from on_flash import names, write
from one_job import Board, Reset
from power_matrix import WAYS, PowerMatrix
from support import equal, raises

PATCH = {"every_s": 10, "names": ["b"]}
AFTER = dict(BEFORE, **PATCH)
CHANGED = ("SUCCEEDED", {"settings": "changed"})
FILES = ["settings.json", "settings.json.old"]


class Trial(Board):
    """The service is reached with settings of which `wrong` is not true. `found`: the settings
    with which the program began, at each start.
    """

    trial_ms = 10_000

    def __init__(self, device=None, wrong=None, patch=PATCH, kind=vfs.VfsLfs2, **settings):
        document = {"operation": "config", "settings": patch}
        super().__init__(kind, device or made(kind), document, self.registered, network=self.there)
        self.wrong = wrong or (lambda settings: False)
        self.of_config = dict({"trial": ("names", "ssid")}, **settings)
        self.found = []

    def there(self):
        return not self.wrong(self.found[-1])

    def boot(self):
        self.found.append(config.load(PATH))

    def registered(self, agent):
        self.handler = config.register(agent, PATH, **self.of_config)

    def serve(self):
        config.confirm(self.bench.agent, self.trial_ms)
        super().serve()


def wrong(settings):
    return settings["names"] == ["b"]


def test_settings_with_which_the_service_is_reached_stay():
    applied = []
    for also in ({}, {"reset": True}):
        it = Trial(apply=applied.append, **also)
        equal((it.live(), it.details), CHANGED)
        equal((it.found, it.lives), ([BEFORE, AFTER], 2), also)
        equal((on_disk(), on_disk(PATH + ".old")), (AFTER, BEFORE))
        equal((names(FOLDER), applied.pop(), applied), (FILES, AFTER, []))
        config.confirm(it.bench.agent)
        equal(config.load(PATH), AFTER)


def test_those_without_which_it_is_not_reached_are_tried_three_times():
    it = Trial(wrong=wrong)
    since = []
    it.boot = lambda: (since.append(it.polls), Trial.boot(it))
    equal(it.live(), "FAILED")
    reason = "rolled back: the service was not reached in 3 starts"
    equal(it.details, {"reason": reason})
    equal(it.found, [BEFORE, AFTER, BEFORE, AFTER, BEFORE, AFTER, BEFORE])
    polls = it.trial_ms // 50 + 1
    for at in (1, 3, 5):
        equal(since[at + 1] - since[at], polls)
    equal((on_disk(), names(FOLDER)), (BEFORE, ["settings.json"]))


def test_only_some_settings_are_tried():
    for patch, lives in (({"every_s": 1}, 1), ({"ssid": "b"}, 2), ({"names": ["a"]}, 1)):
        it = Trial(patch=patch)
        equal((it.live(), it.lives), ("SUCCEEDED", lives), patch)
    it = Trial(patch={}, trial=("leds",))
    it.document["remove"] = ["leds"]
    equal((it.live(), it.found), ("SUCCEEDED", [BEFORE, {"every_s": 60, "names": ["a"]}]))


def test_no_settings_at_all_are_tried_too():
    it = Trial(patch={})
    it.document["remove"] = list(BEFORE)
    equal((it.live(), it.details), CHANGED)
    equal((it.found, on_disk(), names(FOLDER)), ([BEFORE, {}], {}, FILES))


def test_a_start_that_is_cut_off_is_one_trial():
    for cuts in range(4):
        it = Trial()
        it.left = cuts

        def loses_power(settings, it=it):
            if settings == AFTER and it.left:
                it.left -= 1
                raise Reset  # before it has reached the service
            return False

        it.wrong = loses_power
        wanted = "SUCCEEDED" if cuts < 3 else "FAILED"
        equal((it.live(), on_disk()), (wanted, AFTER if cuts < 3 else BEFORE), cuts)
        equal(it.lives, 2 * cuts + (2 if cuts < 3 else 1), cuts)


def test_settings_that_cannot_be_applied_after_their_trial_are_taken_back():
    applied = []

    def fails(settings):
        applied.append(settings)
        if settings == AFTER:
            raise ValueError("names")

    it = Trial(apply=fails)
    wanted = ("FAILED", {"reason": "not applied: ValueError: names"})
    equal(((it.live(), it.details), applied), (wanted, [AFTER, BEFORE]))
    equal(on_disk(), BEFORE)


def test_a_job_that_is_canceled_before_the_reset_leaves_nothing():
    it = Trial()
    it.up()
    it.run(lambda: it.bench.agent.job and it.bench.agent.job.is_resetting())
    it.status = "CANCELED"
    it.run(lambda: not it.bench.agent.job)
    raises(Reset, it.bench.agent.reset)  # another job's
    it.up()
    equal((it.found, names(FOLDER)), ([BEFORE, BEFORE], ["settings.json"]))


def test_a_job_that_is_canceled_on_trial_leaves_it_to_the_service():
    for reached in (True, False):
        it = Trial(wrong=None if reached else wrong)
        it.live(lambda it=it: it.lives == 2)
        it.status = "CANCELED"
        if reached:
            it.run(lambda it=it: it.bench.agent.state == "IDLE")
        else:
            raises(Reset, it.run, lambda: False)
        it.up()
        equal(it.found, [BEFORE, AFTER, AFTER if reached else BEFORE])


def test_where_the_reset_fails_nothing_is_on_trial():
    it = Trial()
    it.up()

    def fails():
        raise ValueError("a pump runs")

    it.handler._reset = fails
    it.run()
    equal((it.status, "a pump runs" in it.details["reason"]), ("FAILED", True))
    equal((names(FOLDER), on_disk()), (["settings.json"], BEFORE))


def test_what_is_no_record_is_no_trial():
    device = made()
    mounted(vfs.VfsLfs2, device)
    for text in ('{"names": 1}', '00000000{"names": 1}', "", "6e0b6bd7[]"):
        write(PATH + ".trial", text)
        equal((config.load(PATH), names(FOLDER)), (BEFORE, ["settings.json"]), text)
        equal(config._trial, None)


def test_settings_of_another_file_are_another_trial():
    it = Trial()
    it.live(lambda: it.lives == 2)
    other = FOLDER + "/other.json"
    write(other, json.dumps({"a": 1}))
    equal(config.load(other), {"a": 1})
    it.run()
    equal((on_disk(), config.load(other)), (AFTER, {"a": 1}))


class Matrix(PowerMatrix):
    def board(self, device):
        return Trial(device, kind=self.kind)

    def look(self, board, case):
        mounted(self.kind, board.device)
        equal(whole_on_disk(self.kind) in (BEFORE, AFTER), True, case)

    def end(self, board, case):
        equal((board.live(), board.details), CHANGED, case)
        for settings in board.found:
            equal(settings in (BEFORE, AFTER), True, case)
        equal((on_disk(), on_disk(PATH + ".old")), (AFTER, BEFORE), case)
        equal(names(FOLDER), FILES, case)


def cut_everywhere(kind):
    matrix = Matrix(kind, made(kind))
    matrix.each(WAYS[kind], WAYS[kind], again=31, about=kind)
    print("%d power cuts" % matrix.cuts)


def test_wherever_the_power_is_cut_they_are_old_or_new_and_the_status_is_right():
    cut_everywhere(vfs.VfsLfs2)


def test_it_is_so_on_fat():
    cut_everywhere(vfs.VfsFat)


def test_a_program_that_fails_with_them_has_the_previous_at_its_next_start():
    it = Trial()
    it.up()
    raises(Reset, it.run)

    def crashes():
        Trial.boot(it)
        raise KeyError("ssid")

    it.boot = crashes
    raises(KeyError, it.up)
    it.boot = lambda: Trial.boot(it)
    it.up()
    equal(it.found, [BEFORE, AFTER, BEFORE])
    equal(cut_off(it.live), False)
    equal(config_bench.on_disk(), AFTER)
