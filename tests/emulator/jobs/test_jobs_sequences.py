"""What holds after any sequence of requests, cancellations, deletions and timers."""


def test_what_always_holds_does_so_after_any_sequence():
    from hypothesis import HealthCheck, settings
    from hypothesis.stateful import run_state_machine_as_test
    from job_sequences import Sequences

    run_state_machine_as_test(
        Sequences,
        settings=settings(
            max_examples=60,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],  # a machine that is busy is no failure
            database=None,
            derandomize=True,
        ),
    )
