"""A job for a thousand things."""

import time

from jobs_world import World


def test_a_job_for_a_thousand_things_takes_well_under_a_second():
    world = World()
    names = [f"thing-{number}" for number in range(1000)]
    world.things.update(names)
    begin = time.process_time()
    world.create("job", *names)
    told = world.engine.take_notifications()
    assert time.process_time() - begin < 0.8
    assert len(told) == 2000
