"""The flash of an ESP32 that is a process: its slots, the way back, and NVS."""

IMAGE = (
    "from esp32 import Partition",
    "image = b'\\xe9' + bytes(31) + b'\\x32\\x54\\xcd\\xab' + bytes(4060)",
    "running = Partition(Partition.RUNNING)",
    "other = running.get_next_update()",
)


def test_an_image_is_on_trial_until_it_is_marked(esp32):
    program = (
        "import machine",
        *IMAGE,
        "print(running.info()[4], other.info()[3:5], Partition(Partition.BOOT).info()[4])",
        "if machine.reset_cause() == machine.PWRON_RESET:",
        "    other.writeblocks(0, image)",
        "    other.set_boot()",
        "    machine.reset()",
    )
    assert esp32.run(*program, "if running.info()[4] == 'ota_1': machine.reset()") == [
        "ota_0 (1900544, 'ota_1') ota_0",
        "ota_1 (1900544, 'ota_0') ota_1",
        "ota_0 (1900544, 'ota_1') ota_0",  # it was not marked
    ]
    esp32.printed = ""
    lines = esp32.run(
        *program,
        "if running.info()[4] == 'ota_1':",
        "    Partition.mark_app_valid_cancel_rollback()",
        "    if machine.reset_cause() == machine.HARD_RESET: machine.soft_reset()",
    )
    assert [line.split()[0] for line in lines] == ["ota_0", "ota_1", "ota_1"]
    assert esp32.of("slot")[-1] == "ota_1"


def test_flash_is_read_as_it_was_written(esp32):
    assert esp32.run(
        *IMAGE,
        "buf = bytearray(8)",
        "other.readblocks(3, buf); print(buf == b'\\xff' * 8)",
        "other.writeblocks(2, image)",
        "other.readblocks(2, buf, 31); print(buf)",
        "other.writeblocks(2, b'\\x0f\\x00', 0); other.readblocks(2, buf); print(buf[:2])",
        "other.ioctl(6, 2); other.readblocks(2, buf); print(buf == b'\\xff' * 8)",
        "print(other.ioctl(4, 0), other.ioctl(5, 0), len(Partition.find(Partition.TYPE_APP)))",
        "for bad in (lambda: other.writeblocks(464, image), lambda: other.writeblocks(0, b'1'),",
        "            lambda: Partition('ota_2'), other.set_boot):",
        "    try: bad()",
        "    except OSError as error: print(error.errno)",
    ) == [
        "True",
        r"bytearray(b'\x002T\xcd\xab\x00\x00\x00')",
        r"bytearray(b'\t\x00')",
        "True",
        "464 4096 2",
        *map(str, (22, 22, 2, -5379)),
    ]


def test_nvs_outlives_a_reset_once_it_was_committed(esp32):
    assert esp32.run(
        "import esp32, machine",
        "nvs = esp32.NVS('app')",
        "buf = bytearray(4)",
        "def told(get, *what):",
        "    try: return get(*what)",
        "    except OSError as error: return error.errno",
        "found = told(nvs.get_i32, 'n'), told(nvs.get_blob, 'b', buf)",
        "print(*found, buf, told(nvs.get_i32, 'lost'))",
        "if machine.reset_cause() == machine.PWRON_RESET:",
        "    nvs.set_i32('n', -7)",
        "    nvs.set_blob('b', b'abc')",
        "    nvs.commit()",
        "    nvs.set_i32('lost', 1)",
        "    machine.reset()",
        "nvs.erase_key('n')",
        "print(told(nvs.get_i32, 'n'), told(nvs.set_i32, 'a name too long.', 1))",
    ) == [
        r"-4354 -4354 bytearray(b'\x00\x00\x00\x00') -4354",
        r"-7 3 bytearray(b'abc\x00') -4354",
        "-4354 -4361",
    ]
