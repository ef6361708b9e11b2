"""How the tests are run: `tools/test` is its command, `plugin` what pytest gets of it."""
