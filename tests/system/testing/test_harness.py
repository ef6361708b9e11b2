"""The modules that tests share: each is found by its name alone."""

import collections

import environment

TESTS = environment.ROOT / "tests"


def test_no_two_of_them_have_one_name_nor_that_of_a_tool():
    shared = [
        path for kind in ("emulator", "system") for path in TESTS.glob(f"{kind}/harness/*.py")
    ]
    tools = [path for path in environment.TOOLS.iterdir() if (path / "__init__.py").is_file()]
    names = collections.Counter(path.stem for path in (*shared, *tools))
    assert len(shared) > 40 and not [name for name, count in names.items() if count > 1]
