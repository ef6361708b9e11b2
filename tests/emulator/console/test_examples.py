"""The library of examples on the page: what it promises, and that the service takes each."""

import json
import re
from pathlib import Path

import iotjobs_emulator.console
import pytest
from jobs_world import LAMP

FILE = Path(iotjobs_emulator.console.__file__).parent / "static" / "examples.json"
EXAMPLES = json.loads(FILE.read_text())
each_example = pytest.mark.parametrize("example", EXAMPLES, ids=[e["name"] for e in EXAMPLES])


@each_example
def test_the_service_takes_the_document(world, example):
    document = json.dumps(example["document"], indent=2)  # as the page fills it in
    job = {"jobId": "job", "targets": [LAMP], "document": document}
    world.control.create_job(job)
    world.data.start_next_pending_job_execution({"thingName": "lamp"})
    asked = {"thingName": "lamp", "jobId": "job", "includeJobDocument": True}
    execution = world.data.describe_job_execution(asked)["execution"]
    assert json.loads(execution["jobDocument"]) == example["document"]


@each_example
def test_what_is_to_be_changed_is_in_the_document(example):
    assert set(example) == {"name", "what", "change", "to", "document"}
    assert set(example["change"]) <= set(example["document"]) - {"operation"}
    assert bool(example["change"]) == bool(example["to"])


@each_example
def test_what_is_somebodys_own_is_to_be_changed(example):
    unchanged = example["document"].keys() - set(example["change"])
    assert unchanged == {"operation"} & example["document"].keys()


def test_names_are_given_once():
    names = [example["name"] for example in EXAMPLES]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch("[a-z_]+", name) for name in names)
