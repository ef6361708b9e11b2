"""What a program meets on a board that is a process: pins, timers, Wi-Fi, and what is missing."""

import time

import pytest
from unix_board.kinds import Leads


def test_a_pin_has_one_level_for_all_who_use_it(board):
    lines = board.run(
        "from machine import Pin, Signal",
        "led = Pin('LED', Pin.OUT, value=1)",
        "Pin('LED').off()  # as an input",
        "Pin('LED', Pin.OUT).toggle()",
        "print(led.value(), led(), led)",
        "lamp = Signal(Pin('GP5', Pin.OUT), invert=True)",
        "lamp.on()",
        "print(Pin(5).value(), lamp.value())",
        "led(1)",
        "led.high(); led.low()",
    )
    assert lines == ["0 0 Pin(LED)", "0 1"]
    told = [(event["pin"], event["value"]) for event in board.events if "pin" in event]
    assert told == [("LED", 1), ("LED", 0), ("5", 0), ("LED", 1), ("LED", 0)]
    assert board.pins == {"LED": 0, "5": 0}


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [("pico-w", ["LED", "GP29", 0], [30, "GP30", "A", -1]), ("esp32", [39], ["LED", 40])],
)
def test_a_pin_that_the_board_has_not_is_refused(make_board, kind, good, bad):
    board = make_board(kind=kind)
    lines = board.run(
        "from machine import Pin",
        f"for name in {good + bad!r}:",
        "    try: print(Pin(name))",
        "    except ValueError as error: print(error)",
    )
    assert lines[len(good) :] == ["invalid pin"] * len(bad)
    assert all(line.startswith("Pin(") for line in lines[: len(good)])


def test_a_level_from_outside_is_read_and_is_an_edge(board):
    board.main(
        "import machine, time",
        "pin = machine.Pin(3, machine.Pin.IN, machine.Pin.PULL_UP)",
        "adc = machine.ADC(26)",
        "print(pin.value(), adc.read_u16())",
        "def pressed(pin): print('pressed', pin.value(), adc.read_u16(), adc.read_uv())",
        "pin.irq(pressed, machine.Pin.IRQ_FALLING)",
        "led = machine.Pin('LED', machine.Pin.OUT)",
        "while True: led(pin()); time.sleep_ms(10)",
    )
    pressed = "pressed 0 32768 1650025\n"
    board.put("26", 0x8000)
    board.power_on()
    board.until(pin="LED", value=1)
    board.put("3", 1)
    board.put("3", 0)
    board.until_printed(pressed)
    board.until(pin="LED", value=0)
    board.put("3", 1)
    board.until(pin="LED", value=1)  # it has seen the edge that rises
    board.put("3", 0)
    board.until_printed(pressed * 2)
    assert board.printed == "1 32768\n" + pressed * 2


def test_timers_call_between_two_instructions(board):
    lines = board.run(
        "import machine, time",
        "calls = []",
        "timer = machine.Timer(-1)",
        "timer.init(period=10, callback=lambda timer: calls.append('periodic'))",
        "once = machine.Timer()",
        "once.init(mode=once.ONE_SHOT, period=20, callback=lambda timer: calls.append(timer))",
        "while len(calls) < 5: pass  # without a pause",
        "while not [call for call in calls if call != 'periodic']: time.sleep(0.02)",
        "timer.deinit()",
        "time.sleep_ms(50)",
        "calls.clear()",
        "time.sleep_ms(100)",
        "print(calls)",
    )
    assert lines == ["[]"]


def test_a_timer_calls_during_a_sleep(board):
    board.main(
        "import gc, machine, time",
        "gc.disable()  # it interrupts a sleep",
        "machine.Timer(mode=machine.Timer.ONE_SHOT, period=5, callback=lambda _: print('called'))",
        "time.sleep(3600)",
    )
    board.power_on()
    board.until_printed("called\n")


def test_a_timers_exception_is_shown_and_ends_nothing(board):
    lines = board.run(
        "import machine, time",
        "calls = []",
        "def called(timer):",
        "    calls.append(1)",
        "    1 / 0",
        "machine.Timer(period=5, callback=called)",
        "while len(calls) < 2: time.sleep_ms(5)",
        "print('goes on')",
    )
    assert "ZeroDivisionError: divide by zero" in lines
    assert "goes on" in lines


def test_wifi_is_there_until_it_is_taken_away(board):
    board.main(
        "import machine, network, ntptime, socket, time",
        "wlan = network.WLAN(network.STA_IF)",
        "wlan.active(True)",
        "def outcome(ask, *arguments):",
        "    try: return ask(*arguments) != []",
        "    except OSError as error: return error.errno",
        "def asked():",
        "    return outcome(ntptime.settime), outcome(socket.getaddrinfo, '127.0.0.1', 80)",
        "print(wlan.isconnected(), asked())",
        "wlan.connect('Home', 'secret')",
        "while not wlan.isconnected(): time.sleep_ms(5)",
        "print(wlan.status() == network.STAT_GOT_IP, asked(), wlan.scan()[0][0])",
        "machine.Pin(0, machine.Pin.OUT).on()",
        "while wlan.isconnected(): time.sleep_ms(5)",
        "print(asked(), wlan.ifconfig()[0], wlan.scan())",
        "machine.Pin(0, machine.Pin.OUT).off()",
        "while not wlan.scan(): time.sleep_ms(5)",
        "print(wlan.isconnected())",
        "wlan.connect('Home', 'secret')",
        "while not wlan.isconnected(): time.sleep_ms(5)",
        "print(asked())",
    )
    board.power_on()
    board.until(pin="0", value=1)
    board.set_wifi(False)
    board.until(pin="0", value=0)
    board.set_wifi(True)
    assert board.wait(60)
    assert board.printed.splitlines() == [
        "False (-2, -2)",
        "True (True, True) b'Home'",
        "(-2, -2) 0.0.0.0 []",
        "False",  # a Pico W does not look for it again by itself
        "(True, True)",
    ]
    assert board.of("wifi") == ["Home", "Home"]


def test_an_esp32_joins_again_by_itself(esp32):
    esp32.main(
        "import machine, network, time",
        "wlan = network.WLAN()",
        "wlan.active(True)",
        "wlan.connect('Home', 'secret')",
        "while not wlan.isconnected(): time.sleep_ms(5)",
        "machine.Pin(0, machine.Pin.OUT).on()",
        "print('joined')",
    )
    esp32.set_wifi(False)
    esp32.power_on()
    esp32.until(wifi="Home")
    esp32.set_wifi(True)
    assert esp32.wait(60)
    assert esp32.printed == "joined\n"


def test_names_of_the_service_lead_to_the_emulator(make_board):
    leads = Leads("10.0.0.1", ("iot.example.com",), {8883: 1234, 8443: 1235}, {443: 1236})
    board = make_board(leads=leads)
    names = [
        ("a1b2-ats.iot.eu-west-1.amazonaws.com", 8883),
        ("a1b2.iot.us-gov-west-1.amazonaws.com", 8443),
        ("a1b2.ats.iot.cn-north-1.amazonaws.com.cn", 8883),
        ("a1b2-ats.iot.eusc-de-east-1.amazonaws.eu", 8883),
        ("a1b2-ats.iot.eu-west-1.api.aws", 8883),
        ("iot.example.com", 8883),
        ("bucket.s3.eu-west-1.amazonaws.com", 443),
        ("s3.eu-west-1.amazonaws.com", 443),
        ("iot.example.com", 99),
    ]
    board.run(
        "from board_on_unix.sockets import leads_to",
        "import usocket",
        f"for name, port in {names!r}: print(*leads_to(name, port))",
        "print(leads_to('iot.amazonaws.com.example.com', 443))",
        "print(leads_to('example.com', 443))",
    )
    assert board.printed.splitlines() == [
        *(f"10.0.0.1 {port}" for port in (1234, 1235, *[1234] * 4, 1236, 1236, 99)),
        "('iot.amazonaws.com.example.com', 443)",
        "('example.com', 443)",
    ]


def test_pwm_and_pixels_are_told(board):
    board.run(
        "import machine, neopixel",
        "pwm = machine.PWM(machine.Pin(2), freq=1000, duty_u16=16384)",
        "pwm.duty_ns(500_000)",
        "strip = neopixel.NeoPixel(machine.Pin(4), 2)",
        "strip.fill((1, 2, 3))",
        "strip[1] = (255, 0, 0)",
        "print(len(strip), strip[0], pwm.duty_u16(), pwm.duty_ns(), pwm.freq())",
        "strip.write()",
        "pwm.deinit()",
    )
    assert board.printed.splitlines() == ["2 (1, 2, 3) 32767 499992 1000"]
    assert board.of("duty_u16") == [16384, 32767, 0]
    assert board.of("values") == [[[1, 2, 3], [255, 0, 0]]]


@pytest.mark.parametrize(
    ("kind", "statement", "why"),
    [
        ("pico-w", "from machine import I2S", "AttributeError: machine.I2S has no stand-in"),
        (
            "pico-w",
            "import onewire; onewire.OneWire(0).readbit",
            "AttributeError: OneWire.readbit",
        ),
        ("pico-w", "import esp", "ImportError: no module named 'esp'"),
        ("esp32", "import esp; esp.flash_read", "AttributeError: esp.flash_read has no stand-in"),
        ("pico-w", "import machine; machine.mem32", "AttributeError: machine.mem32 has no"),
        ("pico-w", "import network; network.LAN", "AttributeError: network.LAN has no stand-in"),
        ("pico-w", "import bluetooth", "ImportError: no module named 'bluetooth'"),
        ("pico-w", "import esp32", "ImportError: no module named 'esp32'"),
        ("esp32", "import rp2", "ImportError: no module named 'rp2'"),
        ("esp32", "from esp32 import ULP", "AttributeError: esp32.ULP has no stand-in"),
        ("pico-w", "import rp2; rp2.StateMachine(0)", "NotImplementedError: rp2.StateMachine"),
        ("pico-w", "import machine; machine.WDT(timeout=8389)", "ValueError: timeout exceeds"),
        ("pico-w", "import machine; machine.Timer(0)", "ValueError: Timer doesn't exist"),
    ],
)
def test_what_is_not_there_is_said_by_name(make_board, kind, statement, why):
    board = make_board(kind=kind)
    board.run(statement)
    assert board.of("end")[0].startswith(why)


def test_modules_have_what_programs_ask_them_for(board):
    assert board.run(
        "import machine, network, os, rp2, sys",
        "print(hasattr(machine, 'I2S'), hasattr(machine, 'Pin'))",
        "print(sys.platform, sys.argv, len(machine.unique_id()))",
        "print(os.uname().machine)",
        "print(sys.implementation._machine, sys.implementation[1] > (1, 24))",
        "@rp2.asm_pio(set_init=0)",
        "def blink(): pass",
        "rp2.country('DE'); print(network.country())",
        "os.sync()",
        "state = machine.disable_irq(); machine.enable_irq(state)",
        "machine.lightsleep(1)",
        "print(len(machine.RTC().datetime()), len(network.WLAN().config('mac')))",
    ) == [
        "False True",
        "rp2 [] 8",
        "Raspberry Pi Pico W with RP2040",
        "Raspberry Pi Pico W with RP2040 True",
        "DE",
        "8 6",
    ]


@pytest.mark.parametrize(("kind", "why"), [("pico-w", "EIO"), ("esp32", "ENODEV")])
def test_a_bus_has_nothing_connected(make_board, kind, why):
    board = make_board(kind=kind)
    assert board.run(
        "import errno",
        "from machine import I2C, SPI, UART, Pin, SoftI2C, SoftSPI",
        "bus = I2C(0, scl=Pin(1), sda=Pin(0), freq=100_000)",
        "print(bus.scan(), SoftI2C(scl=Pin(5), sda=Pin(4)).scan())",
        "calls = {",
        "    'readfrom': (60, 2), 'readfrom_into': (60, bytearray(2)), 'writeto': (60, b'a'),",
        "    'writevto': (60, [b'a']), 'readfrom_mem': (60, 0, 2), 'writeto_mem': (60, 0, b'a'),",
        "    'readfrom_mem_into': (60, 0, bytearray(2)),",
        "}",
        "for name, arguments in calls.items():",
        "    try: print(getattr(bus, name)(*arguments))",
        f"    except OSError as error: assert error.errno == errno.{why}",
        "spi = SPI(0, 1_000_000, sck=Pin(2), mosi=Pin(3), miso=Pin(4))",
        "spi.write(b'a')",
        "read = bytearray(b'ab')",
        "spi.write_readinto(b'cd', read)",
        "print(read, SoftSPI(sck=Pin(2)).read(2))",
        "uart = UART(1, 9_600, tx=Pin(8), rx=Pin(9))",
        "print(uart.write('abc'), uart.any(), uart.read(), uart.readline())",
    ) == ["[] []", "bytearray(b'\\x00\\x00') b'\\x00\\x00'", "3 0 None None"]


def test_sensors_tell_what_was_set_from_outside_or_are_not_there(board):
    board.put("DHT15.temperature", 21.5)
    board.put("DHT15.humidity", 40)
    board.put("DS18X20.16", -3.25)
    assert board.run(
        "import dht, ds18x20, errno, onewire",
        "from machine import Pin",
        "for kind in (dht.DHT11, dht.DHT22):",
        "    sensor = kind(Pin(15))",
        "    sensor.measure()",
        "    print(sensor.temperature(), sensor.humidity())",
        "try: dht.DHT22(Pin(14)).measure()",
        "except OSError as error: print(error.errno == errno.ETIMEDOUT)",
        "for pin in (16, 17):",
        "    wire = ds18x20.DS18X20(onewire.OneWire(Pin(pin)))",
        "    for rom in wire.scan():",
        "        print(len(rom), wire.read_temp(rom))",
        "        wire.convert_temp()",
        "        print(wire.read_temp(rom))",
        "try: wire.convert_temp()",
        "except onewire.OneWireError: print('nobody')",
    ) == ["21 40", "21.5 40", "True", "8 85.0", "-3.25", "nobody"]


def test_an_esp32_knows_what_has_woken_it(esp32):
    assert esp32.run(
        "import esp, machine",
        "esp.osdebug(None)",
        "print(machine.wake_reason() == machine.TIMER_WAKE)",
        "if machine.reset_cause() == machine.PWRON_RESET: machine.deepsleep(10)",
    ) == ["False", "True"]


def test_what_a_timer_calls_may_do_what_it_has_interrupted(board):
    # It interrupts the main thread anywhere, and so between two steps of the stand-ins too.
    assert board.run(
        "import machine, time",
        "pin = machine.Pin(3, machine.Pin.IN)",
        "lamp = machine.Pin(4, machine.Pin.OUT)",
        "calls = []",
        "def called(timer):",
        "    calls.append(pin.value())",
        "    lamp.toggle()",
        "    timer.init(period=1, callback=called)",
        "machine.Timer(period=1, callback=called)",
        "while len(calls) < 300:",
        "    pin.value()",
        "    lamp.toggle()",
        "print('goes on')",
    ) == ["goes on"]


def test_what_a_timer_calls_is_called_while_asyncio_waits(board):
    assert board.run(
        "import asyncio, machine",
        "calls = []",
        "def called(timer):",
        "    calls.append(timer)",
        "    if len(calls) == 3: machine.Pin('LED', machine.Pin.OUT).on()",
        "    if len(calls) == 5: machine.reset()",
        "async def main():",
        "    machine.Timer(period=10, callback=called)",
        "    await asyncio.sleep(3600)",
        "if machine.reset_cause() == machine.PWRON_RESET: asyncio.run(main())",
        "print('anew')",
    ) == ["anew"]


def test_long_words_to_the_host_do_not_mix(board):
    see = board._on_event
    board._on_event = lambda event: (time.sleep(0.02), see(event))  # the wire is full meanwhile
    board.run(
        "import _thread, gc",
        "from board_on_unix import chip",
        "done, values = [], [100] * 2_000",
        "gc.collect()",
        "gc.disable()",  # threads of the unix port may miss memory while one of them collects
        "def other():",
        "    for _ in range(20): chip.tell(values=values)",
        "    done.append(1)",
        "for _ in range(3): _thread.start_new_thread(other, ())",
        "while len(done) < 3: pass",
    )
    assert [len(values) for values in board.of("values")] == [2_000] * 60
    assert board.of("end") == [None]


def test_a_time_is_of_a_board(board, monkeypatch):
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    assert board.run(
        "import time, utime",
        "print(type(time.time()), len(time.gmtime()), len(utime.localtime()))",
        "print(time.localtime(60)[:6], time.mktime((1970, 1, 1, 0, 1, 0, 0, 0)))",
    ) == ["<class 'int'> 8 8", "(1970, 1, 1, 0, 1, 0) 60"]


def test_modules_by_their_old_names_are_the_same(board):
    assert board.run(
        "import os, select, socket, sys, time, uos, uselect, usocket, usys, utime",
        "print(uos is os, uselect is select, usocket is socket, usys is sys, utime is time)",
    ) == ["True True True True True"]


def test_an_edge_is_told_by_the_object_that_irq_returns(board):
    board.main(
        "import machine, micropython, time",
        "micropython.alloc_emergency_exception_buf(100)",
        "pin = machine.Pin(3)",
        "irq = pin.irq(lambda pin: print(pin.irq().flags()), machine.Pin.IRQ_RISING)",
        "print(pin.irq() is irq, irq.trigger() == machine.Pin.IRQ_RISING)",
        "machine.Pin('LED', machine.Pin.OUT).on()",
        "while True: time.sleep_ms(10)",
    )
    board.power_on()
    board.until(pin="LED")
    board.put("3", 1)
    board.until_printed("\n8\n")
    assert board.printed.splitlines() == ["True True", "8"]


def test_wifi_is_the_same_by_all_objects_of_it(board):
    assert board.run(
        "import network, time",
        "first = network.WLAN(network.WLAN.IF_STA)",
        "first.active(True)",
        "first.config(pm=0xA11140)",
        "wlan = network.WLAN(network.STA_IF)",
        "print(wlan.active(), wlan.config('pm') == 0xA11140)",
        "wlan.connect(ssid='Home', key='secret', security=network.WLAN.SEC_WPA2)",
        "while not first.isconnected(): time.sleep_ms(5)",
        "first.ifconfig(('10.0.0.9', '255.0.0.0', '10.0.0.1', '10.0.0.1'))",
        "print(wlan.ifconfig()[0], wlan.ipconfig('addr4')[0], wlan.config('essid'))",
        "access = network.WLAN(network.AP_IF)",
        "access.config(essid='here', password='secret')",
        "access.active(True)",
        "print(access.ifconfig()[0], access.config('ssid'))",
        "access.active(False)",
        "print(wlan.isconnected())",
        "wlan.deinit()",
        "print(wlan.active(), wlan.isconnected())",
    ) == ["True True", "10.0.0.9 10.0.0.9 Home", "192.168.4.1 here", "True", "False False"]


def test_an_esp32_has_its_own_numbers_and_settings(esp32):
    assert esp32.run(
        "import machine, network",
        "machine.Pin(2, machine.Pin.OUT, hold=True)",
        "adc = machine.ADC(machine.Pin(32), atten=machine.ADC.ATTN_11DB)",
        "adc.width(machine.ADC.WIDTH_10BIT)",
        "print(adc.read(), machine.PWM(2).duty_ns())",
        "machine.freq(240_000_000)",
        "print(machine.freq(), network.WLAN().status() == network.STAT_IDLE == 1000)",
        "print(network.STAT_BEACON_TIMEOUT, hasattr(network, 'STAT_CONNECT_FAIL'))",
    ) == ["0 0", "240000000 True", "200 False"]
