"""Handlers for what people do with jobs: each is a file, loaded by the program that wants it, and
registered by one line.
"""
