"""The Wi-Fi chip of an emulated Pico W: rp2040py's, with what is wrong there put right, and its
bus, on which our core carries a whole transfer at once.
"""

import environment
from rp2040py.external.cyw43 import Cyw43439
from rp2040py.external.cyw43.bus import GSPIBus
from rp2040py.gpio_pin import GPIOPinState
from rp2040py.peripherals._pio import NEVER_DUE

_WORD = 32  # bits
_DATA, _CLOCK = 24, 29  # of a Pico W: the pins between its two chips
_OUT_PIN = 0x6001  # a PIO's instruction "out pins, 1", without what it does beside
_BESIDE = 0x1F00
# Of what the driver sends and gets [sdpcm_header_t]: the bytes with the number of a packet, and
# with the number of the first one that it may not send yet. It takes no step of more than 20.
_SEQUENCE, _CREDIT = 4, 9
_AHEAD = 16


class Bus(GSPIBus):
    """Gives credit for what was sent. rp2040py's gives it for what comes in, and so the driver
    waits in vain whenever 256 packets more have come than it has sent.
    """

    def __init__(self):
        super().__init__()
        self._sent = 0

    @property
    def selected(self):
        return self._selected

    def power_off(self):
        super().power_off()
        self._sent = 0

    def take(self, word):
        """32 bits from the host, as 32 edges of the clock would bring them."""
        self._shift_reg = word >> 1
        self._bits_in_word = _WORD - 1
        self._on_clock_rising(bool(word & 1))

    def answer(self, count):
        """So many words for the host."""
        got = self._response_bytes[: 4 * count].ljust(4 * count, b"\0")
        self._response_bytes = b""
        return [int.from_bytes(got[i : i + 4], "big") for i in range(0, len(got), 4)]

    def _write_wlan(self, data):
        if len(data) > _SEQUENCE:
            self._sent = data[_SEQUENCE] + 1
        super()._write_wlan(data)

    def _activate_rx_packet(self, data):
        packet = bytearray(data)
        packet[_CREDIT] = (self._sent + _AHEAD) & 0xFF
        super()._activate_rx_packet(bytes(packet))


class Chip(Cyw43439):
    """Loses its power with every reset of the board. rp2040py's keeps it, since a reset changes
    its pin without an edge, and then the driver does not find it as it must be.
    """

    def __init__(self):
        super().__init__()
        self.bus = Bus()

    def attach(self, rp2040):
        super().attach(rp2040)
        rp2040.gpio[self._power].add_listener(self._powered)

    def _powered(self, state, _before):
        if state != GPIOPinState.HIGH:
            self.bus.power_off()
            self.bus.nat_bridge.reset()


class Wires:
    """Between the two chips: carries at once what the driver has told a PIO and DMA to carry bit
    by bit. It takes none of the board's time.

    What the driver wants is seen by the state of PIO and DMA, whatever the firmware. A transfer
    that looks otherwise is left to the PIO, and that is said once.
    """

    def __init__(self, mcu, bus):
        self._dma = mcu.dma
        self._bus = bus
        self._told = False

    def carry(self, pio):
        """Do what a PIO is about to do, if it is such a transfer."""
        if pio.next_due_fp == NEVER_DUE:
            return
        for machine in pio.machines:
            # The program sends x + 1 bits, and goes on to read y + 1 unless it ends there.
            if not machine.enabled or machine.waiting or not self._is_between(machine):
                continue
            reads = machine.wrap_top > machine.wrap_bottom + 1
            sent, got = machine.x + 1, machine.y + 1 if reads else 0
            source = self._channel(machine.dreq_tx)
            target = self._channel(machine.dreq_rx)
            waiting = machine.tx_fifo.item_count + _words_of(source)
            if (
                machine.pc == machine.wrap_bottom
                and pio.instructions[machine.pc] & ~_BESIDE == _OUT_PIN
                and machine.output_shift_count == _WORD
                and (sent, got) == (_WORD * waiting, _WORD * _words_of(target))
            ):
                self._transfer(machine, source, target)
                if reads:
                    # As the program does between the two: its pin becomes an input.
                    machine.execute_instruction(pio.instructions[machine.pc + 2])
                    pio.check_changed_pins()
            elif not self._told:
                self._told = True
                environment.say(
                    "the emulated Pico W's Wi-Fi goes bit by bit, and so slowly:"
                    " this firmware's driver does it otherwise than those that are known"
                )

    def _is_between(self, machine):
        return self._bus.selected and (machine.out_base, machine.sideset_base) == (_DATA, _CLOCK)

    def _transfer(self, machine, source, target):
        for _ in range((machine.x + 1) // _WORD):
            if machine.tx_fifo.empty:
                _move(source)
            self._bus.take(machine.tx_fifo.pull())
        self._dma.set_dreq(machine.dreq_tx)
        for word in self._bus.answer(_words_of(target)):
            machine.rx_fifo.push(word)
            _move(target)
        machine.x = machine.y = 0xFFFFFFFF

    def _channel(self, request):
        found = (one for one in self._dma.channels if one.active and one.treq == request)
        return next(found, None)


def _words_of(channel):
    """How many are left for a channel of DMA."""
    return channel._trans_count if channel else 0


def _move(channel):
    """Have a channel transfer one word now."""
    channel.transfer_alarm.cancel()
    channel.transfer()
