"""The configs of a job, as CreateJob and UpdateJob take them and DescribeJob shows them."""

import pytest
from iotjobs_emulator.errors import InvalidRequestError
from jobs_world import World, abort, exponential, per_minute, retries

ROLLOUTS = (
    {},
    per_minute(1),
    per_minute(1000),
    {"exponentialRate": None},
    exponential(1, 1.1, notified=1),
    exponential(1000, 5, notified=2**31 - 1),
    exponential(50, 2, succeeded=1000, notified=1000),
    {"exponentialRate": exponential(50, 2.0, succeeded=1)["exponentialRate"]},
)
NOT_ROLLOUTS = (
    ("jobExecutionsRolloutConfig", 5),
    ("jobExecutionsRolloutConfig", []),
    *(("maximumPerMinute", per_minute(n)) for n in (0, 1001, "5", 1.5)),
    ("exponentialRate", {"exponentialRate": 5}),
    ("rateIncreaseCriteria", {"exponentialRate": {}}),
    ("rateIncreaseCriteria", exponential(1, 2)),
    *(("baseRatePerMinute", exponential(n, 2, notified=1)) for n in (0, 1001, None)),
    *(
        ("incrementFactor", exponential(1, factor, notified=1))
        for factor in (1, 5.1, 1.55, "2", True, float("nan"), None)
    ),
    ("numberOfNotifiedThings", exponential(1, 2, notified=0)),
    ("numberOfNotifiedThings", exponential(1, 2, notified=2**31)),
    ("numberOfSucceededThings", exponential(1, 2, succeeded=0)),
)
ABORTS = (
    abort("FAILED", 100, 1),
    abort("REJECTED", 0, 1),
    abort("TIMED_OUT", 10.99, 2**31 - 1),
    abort("ALL", 20, 100, ("TIMED_OUT", 50, 200), ("ALL", 1, 1), ("ALL", 1, 1)),
)
NOT_ABORTS = (
    ("abortConfig", 5),
    ("abortConfig", []),
    ("criteriaList", {}),
    ("criteriaList", {"criteriaList": []}),
    ("criteriaList", {"criteriaList": ["FAILED"]}),
    ("minNumberOfExecutedThings", {"criteriaList": [{}]}),
    ("failureType", abort("SUCCEEDED", 20, 1)),
    ("failureType", abort(None, 20, 1)),
    ("failureType", abort("ALL", 20, 1, ("CANCELED", 20, 1))),
    *(("thresholdPercentage", abort("ALL", n, 1)) for n in (100.01, -0.01, 10.999, "20", None)),
    *(("minNumberOfExecutedThings", abort("ALL", 20, n)) for n in (0, 1.5, None)),
    *(
        ("action", {"criteriaList": [abort("ALL", 20, 1)["criteriaList"][0] | {"action": action}]})
        for action in ("STOP", None)
    ),
)
RETRIES = (retries(FAILED=0), retries(FAILED=0, TIMED_OUT=0))
NOT_RETRIES = (
    ("jobExecutionsRetryConfig", 5),
    ("criteriaList", {}),
    ("criteriaList", {"criteriaList": []}),
    ("numberOfRetries", retries(FAILED=1)),
    ("numberOfRetries", retries(FAILED=0, TIMED_OUT=2)),
)
REQUESTS = ("create", "update")
# UpdateJob takes no other (test_jobs_changes.py).
NEW_ROLLOUTS = (per_minute(1), per_minute(1000), exponential(1, 1.1, notified=1))

# the config, the requests, values that are accepted, values that are refused by a member
TABLE = [
    ("jobExecutionsRolloutConfig", ("create",), ROLLOUTS, NOT_ROLLOUTS),
    ("jobExecutionsRolloutConfig", ("update",), NEW_ROLLOUTS, NOT_ROLLOUTS),
    ("abortConfig", REQUESTS, ABORTS, NOT_ABORTS),
    ("jobExecutionsRetryConfig", ("update",), RETRIES, NOT_RETRIES),
]


def cases(column):
    return [
        pytest.param(request, name, config, id=f"{request}-{name}-{number}")
        for name, requests, *values in TABLE
        for request in requests
        for number, config in enumerate(values[column])
    ]


def give(request, name, config):
    world = World()
    if request == "create":
        world.create("job", **{name: config})
    else:
        world.create("job", jobExecutionsRetryConfig=retries(FAILED=1, TIMED_OUT=1))
        world.control.update_job({"jobId": "job", name: config})
    return world.job("job")[name]


@pytest.mark.parametrize(("request_", "name", "config"), cases(0))
def test_a_config_within_the_limits_is_kept_and_shown(request_, name, config):
    config_without_nulls = {key: value for key, value in config.items() if value is not None}
    assert give(request_, name, config) == config_without_nulls


@pytest.mark.parametrize(("request_", "name", "refused"), cases(1))
def test_a_config_beyond_the_limits_is_refused_by_the_name_of_a_member(request_, name, refused):
    member, config = refused
    with pytest.raises(InvalidRequestError, match=member) as caught:
        give(request_, name, config)
    assert caught.value.message.isascii()
