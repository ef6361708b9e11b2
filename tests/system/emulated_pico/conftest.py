"""These tests import the emulated Pico, and with it packages that others do not need."""

import environment

environment.need("pico")
