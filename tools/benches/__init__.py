"""What `tools/bench` measures: a file for each table or kind of table.

The programs in `device` run on MicroPython and print one JSON object a line.
"""
