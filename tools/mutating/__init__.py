"""Known mistakes, made one at a time in copies of the tree, and whether the tests see them.

`tests/mutants/` has the mistakes, a file for each area; `tools/mutants` is the command.
"""
