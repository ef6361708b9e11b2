"""boards/starter/tests, by the kit as pip installs it, in a project outside this repository."""

import shutil

import documentation
import environment

PARALLEL = 20


def test_the_examples_pass(examples, exhaustive, record_property):
    """Once; or 20 times at the same time, with pytest-xdist in some of them."""
    count = PARALLEL if exhaustive else 1
    projects = [examples(f"project-{number}") for number in range(count)]
    runs = [
        project.begin("-q", *(["-n", "2"] if number % 5 == 4 else []))
        for number, project in enumerate(projects)
    ]
    said = [run.communicate()[0] for run in runs]
    failed = [text for run, text in zip(runs, said, strict=True) if run.returncode]
    assert not failed, "\n".join(failed)
    assert all(" passed in " in text for text in said)
    record_property("runs", count)


def test_the_page_leads_to_a_green_test(make_project):
    page = documentation.text("tools/kit/README.md")
    tests = [block for block in documentation.blocks(page, "python") if "def test_" in block]
    project = make_project("page")
    project.write(test_blink="\n\n".join(["import pytest", *tests]))
    shutil.copy(environment.ROOT / "boards" / "starter" / "tests" / "blink.py", project.folder)
    assert f"{len(tests)} passed in " in project.run().stdout
