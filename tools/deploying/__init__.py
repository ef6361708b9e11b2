"""What `tools/deploy` does, a file for each step of it: `deployment` has their order.

Nothing of a board's state is kept on the host. What is to be done is found by comparing what is to
be on the board with the SHA-256 of what is.
"""
