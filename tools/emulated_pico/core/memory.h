/* The addresses that the interpreter reads and writes itself: flash, RAM, ROM, USB's buffers; and
 * the divider, the spin locks and the time. [RP2040 datasheet 2.2, 2.3.1, 4.6]
 */

#ifndef MEMORY_H
#define MEMORY_H

#include <stddef.h>

#include "machine.h"

#define ROM_SIZE 0x4000u
#define FLASH 0x10000000u
#define FLASH_SIZE 0x1000000u
#define RAM 0x20000000u
#define RAM_SIZE 0x42000u
#define USB 0x50100000u
#define USB_SIZE 0x1000u
#define USB_BUFFERS 0x100u /* what is before them is registers: a write there does something */

enum {
    TIMERAWH = 0x40054024,
    TIMERAWL = 0x40054028,
};

#define SIO 0xd0000000u
enum {
    DIV_UDIVIDEND = 0x60,
    DIV_UDIVISOR = 0x64,
    DIV_SDIVIDEND = 0x68,
    DIV_SDIVISOR = 0x6c,
    DIV_QUOTIENT = 0x70,
    DIV_REMAINDER = 0x74,
    DIV_CSR = 0x78,
    SPINLOCK0 = 0x100,
    SPINLOCK31 = 0x17c,
};
#define READY 1u
#define DIRTY 2u

/* Little-endian, whatever this machine is. */
static inline uint32_t get(const uint8_t *at, unsigned size)
{
    uint32_t value = at[0];
    if (size > 1)
        value |= (uint32_t)at[1] << 8;
    if (size > 2)
        value |= (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
    return value;
}

static inline void put(uint8_t *at, unsigned size, uint32_t value)
{
    at[0] = (uint8_t)value;
    if (size > 1)
        at[1] = (uint8_t)(value >> 8);
    if (size > 2) {
        at[2] = (uint8_t)(value >> 16);
        at[3] = (uint8_t)(value >> 24);
    }
}

/* Whether so many bytes at an address are all in a region; the first one's place in it. */
static inline bool inside(uint32_t address, uint32_t bytes, uint32_t start, uint32_t size,
                          uint32_t *place)
{
    *place = address - start;
    return *place < size && bytes <= size - *place;
}

/* Memory that can be read, or NULL. */
static inline const uint8_t *readable(const struct machine *m, uint32_t address, uint32_t bytes)
{
    uint32_t place;
    if (inside(address, bytes, RAM, RAM_SIZE, &place))
        return m->ram + place;
    if (inside(address, bytes, FLASH, FLASH_SIZE, &place))
        return m->flash + place;
    if (inside(address, bytes, 0, ROM_SIZE, &place))
        return m->rom + place;
    if (inside(address, bytes, USB, USB_SIZE, &place))
        return m->usb + place;
    return NULL;
}

/* Two bytes of a program, or NULL: most are in flash. */
static inline const uint8_t *code(const struct machine *m, uint32_t address)
{
    uint32_t place;
    return inside(address, 2, FLASH, FLASH_SIZE, &place) ? m->flash + place
                                                         : readable(m, address, 2);
}

/* Memory that can be written, or NULL. */
static inline uint8_t *writable(struct machine *m, uint32_t address, uint32_t bytes)
{
    uint32_t place;
    if (inside(address, bytes, RAM, RAM_SIZE, &place))
        return m->ram + place;
    if (inside(address, bytes, USB + USB_BUFFERS, USB_SIZE - USB_BUFFERS, &place))
        return m->usb + USB_BUFFERS + place;
    return NULL;
}

static inline void divide(struct machine *m, bool with_signs)
{
    uint32_t a = m->dividend, b = m->divisor;
    bool minus = with_signs && a >> 31, opposite = with_signs && (a ^ b) >> 31;
    if (b == 0) {
        m->quotient = minus ? 1 : UINT32_MAX;
        m->remainder = a;
    } else {
        uint32_t size = minus ? 0 - a : a, by = with_signs && b >> 31 ? 0 - b : b;
        m->quotient = opposite ? 0 - size / by : size / by;
        m->remainder = minus ? 0 - size % by : size % by;
    }
    m->divider_status = READY | DIRTY;
}

static inline bool read_sio(struct machine *m, uint32_t offset, uint32_t *value)
{
    switch (offset) {
    case DIV_UDIVIDEND:
    case DIV_SDIVIDEND:
        *value = m->dividend;
        return true;
    case DIV_UDIVISOR:
    case DIV_SDIVISOR:
        *value = m->divisor;
        return true;
    case DIV_QUOTIENT:
        *value = m->quotient;
        m->divider_status &= ~DIRTY;
        return true;
    case DIV_REMAINDER:
        *value = m->remainder;
        return true;
    case DIV_CSR:
        *value = m->divider_status;
        return true;
    default:
        if (offset < SPINLOCK0 || offset > SPINLOCK31)
            return false;
        *value = (uint32_t)1 << (offset - SPINLOCK0) / 4 & ~m->spin_locks;
        m->spin_locks |= *value;
        return true;
    }
}

static inline bool write_sio(struct machine *m, uint32_t offset, uint32_t value)
{
    switch (offset) {
    case DIV_UDIVIDEND:
    case DIV_SDIVIDEND:
        m->dividend = value;
        divide(m, offset == DIV_SDIVIDEND);
        return true;
    case DIV_UDIVISOR:
    case DIV_SDIVISOR:
        m->divisor = value;
        divide(m, offset == DIV_SDIVISOR);
        return true;
    case DIV_QUOTIENT:
        m->quotient = value;
        m->divider_status = READY | DIRTY;
        return true;
    case DIV_REMAINDER:
        m->remainder = value;
        m->divider_status = READY | DIRTY;
        return true;
    default:
        if (offset < SPINLOCK0 || offset > SPINLOCK31)
            return false;
        m->spin_locks &= ~((uint32_t)1 << (offset - SPINLOCK0) / 4);
        return true;
    }
}

/* Read a word, half-word or byte; false if that is not for this interpreter. */
static inline bool load(struct machine *m, uint32_t address, unsigned size, uint32_t *value)
{
    if (address & (size - 1))
        return false;
    const uint8_t *at = readable(m, address, size);
    if (at) {
        *value = get(at, size);
        return true;
    }
    if (address - SIO < 4) { /* the core's number, which the firmware reads by bytes too */
        *value = 0;
        return true;
    }
    if (size != 4)
        return false;
    if (address == TIMERAWL || address == TIMERAWH) {
        uint64_t us = (uint64_t)((m->now - m->timer_began) / 1000);
        *value = (uint32_t)(address == TIMERAWL ? us : us >> 32);
        return true;
    }
    return address - SIO <= SPINLOCK31 && read_sio(m, address - SIO, value);
}

static inline bool store(struct machine *m, uint32_t address, unsigned size, uint32_t value)
{
    if (address & (size - 1))
        return false;
    uint8_t *at = writable(m, address, size);
    if (at) {
        put(at, size, value);
        return true;
    }
    return size == 4 && address - SIO <= SPINLOCK31 && write_sio(m, address - SIO, value);
}

#endif
