"""Of each character of Unicode: whether a device reports it, or a space in its place, because the
service refuses it.
"""

import importlib.util
import sys
import unicodedata

import environment

REFUSED = ("Cc", "Cf", "Cs", "Co")  # the service's category C without "Cn", what means nothing
RARE = range(0x10000, 0xE0000)  # of hieroglyphs, shorthand and music: these are not looked for
VARIANTS = range(0xE0100, 0xE01F0)  # they choose the form of an ideograph, and are left out too


def outcomes():
    """The module of the device, which CPython can read too."""
    path = environment.LIB / "iotjobs" / "outcomes.py"
    spec = importlib.util.spec_from_file_location("outcomes", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_each_character_that_the_service_refuses_is_a_space():
    shown = outcomes().shown
    wrong = []
    for code in range(sys.maxunicode + 1):
        character = chr(code)
        category = unicodedata.category(character)
        if category != "Cn":
            is_refused = code in VARIANTS or (category in REFUSED and code not in RARE)
            if shown(character) != (" " if is_refused else character):
                wrong.append((hex(code), category))
    assert wrong == []


def test_what_no_character_can_be_is_a_space():
    shown = outcomes().shown
    for code in (0xFDD0, 0xFDEF, 0xFFFE, 0xFFFF, 0x1FFFE, 0xDFFFF, 0xEFFFE, sys.maxunicode):
        assert shown(chr(code)) == " ", hex(code)
