"""What all of the tests share: how they are run."""

pytest_plugins = ["testing.plugin", "testing.progress"]
