"""Stands for the module that a Pico without Wi-Fi does not have: it can be imported, no more."""
