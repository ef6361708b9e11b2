/* The state of an RP2040's first core: what the interpreter in armv6m.c and rp2040py's have in
 * common. machine.py has the same fields in the same order.
 */

#ifndef MACHINE_H
#define MACHINE_H

#include <stdbool.h>
#include <stdint.h>

enum { SP = 13, LR = 14, PC = 15 };

struct machine {
    /* rp2040py's own memory: it is there once. */
    uint32_t *r; /* R0 to R15; between instructions R15 is the address of the next one */
    const uint8_t *rom, *flash;
    uint8_t *ram, *usb;

    uint32_t n, z, c, v;       /* the flags: 0 or 1 */
    uint32_t masked;           /* PRIMASK */
    uint32_t exception;        /* IPSR */
    uint32_t interrupt_waits;  /* whether one may come as soon as PRIMASK is 0 */

    /* Of SIO: the divider, and the spin locks that are taken, a bit each. */
    uint32_t dividend, divisor, quotient, remainder, divider_status;
    uint32_t spin_locks;

    /* Nanoseconds, as rp2040py counts them: the time now, and when the timer began. */
    double now, timer_began;
};

#endif
