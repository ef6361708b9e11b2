"""Whether the matrices of these tests try everything, or a sample of it."""

exhaustive = False  # run.py sets it, before the tests are imported
