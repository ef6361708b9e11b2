"""The parts of the stand-in for `machine`, each a file of one idea."""
