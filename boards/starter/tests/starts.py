"""Counts how often it was started, in a file: it needs no network."""

try:
    with open("/starts.txt") as file:
        starts = int(file.read())
except OSError:  # there is no such file yet
    starts = 0
starts += 1
with open("/starts.txt", "w") as file:
    file.write(str(starts))
print("start", starts)
