"""What holds after any sequence of requests, cancellations, deletions and timers."""


def test_what_always_holds_does_so_after_any_sequence():
    from fuzzing.generated import SETTINGS
    from hypothesis import settings
    from hypothesis.stateful import run_state_machine_as_test
    from job_sequences import Sequences

    run_state_machine_as_test(
        Sequences,
        settings=settings(SETTINGS, max_examples=60, stateful_step_count=40, derandomize=True),
    )
