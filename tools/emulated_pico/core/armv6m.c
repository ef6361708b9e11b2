/* An interpreter of ARMv6-M, for the instructions that touch nothing but a core's registers and
 * what memory.h has. It leaves every other one, and every exception, to rp2040py's: it changes
 * nothing then. The cycles are those that rp2040py counts. [ARM DDI 0419E, A5 and A6]
 */

#include "memory.h"

#define CYCLE_NS 8.0 /* at 125 MHz */

/* What an instruction returns that is not for this interpreter; else its cycles. */
#define NOT_HERE 0u

static uint32_t bits(uint32_t op, unsigned low, unsigned count)
{
    return op >> low & ((1u << count) - 1);
}

static uint32_t sign_extended(uint32_t value, unsigned size)
{
    uint32_t sign = (uint32_t)1 << (size - 1);
    return (value ^ sign) - sign;
}

static void set_nz(struct machine *m, uint32_t result)
{
    m->n = result >> 31;
    m->z = result == 0;
}

static uint32_t added(struct machine *m, uint32_t a, uint32_t b, uint32_t carry)
{
    uint64_t sum = (uint64_t)a + b + carry;
    uint32_t result = (uint32_t)sum;
    set_nz(m, result);
    m->c = (uint32_t)(sum >> 32);
    m->v = (~(a ^ b) & (a ^ result)) >> 31;
    return result;
}

static uint32_t subtracted(struct machine *m, uint32_t a, uint32_t b)
{
    return added(m, a, ~b, 1);
}

/* Shifts by 0 to 255: by 0 the carry stays. */

static uint32_t shifted_left(struct machine *m, uint32_t a, unsigned by)
{
    if (by == 0)
        return a;
    m->c = by <= 32 ? a >> (32 - by) & 1 : 0;
    return by < 32 ? a << by : 0;
}

static uint32_t shifted_right(struct machine *m, uint32_t a, unsigned by)
{
    if (by == 0)
        return a;
    m->c = by <= 32 ? a >> (by - 1) & 1 : 0;
    return by < 32 ? a >> by : 0;
}

static uint32_t shifted_with_sign(struct machine *m, uint32_t a, unsigned by)
{
    uint32_t signs = a >> 31 ? UINT32_MAX : 0;
    if (by == 0)
        return a;
    m->c = by <= 32 ? a >> (by - 1) & 1 : a >> 31;
    return by < 32 ? a >> by | (signs & ~(UINT32_MAX >> by)) : signs;
}

static uint32_t rotated(struct machine *m, uint32_t a, unsigned by)
{
    if (by == 0)
        return a;
    if (by % 32)
        a = a >> by % 32 | a << (32 - by % 32);
    m->c = a >> 31;
    return a;
}

static unsigned shift_or_add(struct machine *m, uint32_t op) /* 000x */
{
    uint32_t a = m->r[bits(op, 3, 3)], *d = &m->r[bits(op, 0, 3)];
    unsigned by = bits(op, 6, 5);
    switch (bits(op, 11, 2)) {
    case 0:
        *d = shifted_left(m, a, by);
        break;
    case 1:
        *d = shifted_right(m, a, by ? by : 32);
        break;
    case 2:
        *d = shifted_with_sign(m, a, by ? by : 32);
        break;
    default: {
        uint32_t b = bits(op, 6, 3);
        if (!bits(op, 10, 1))
            b = m->r[b];
        *d = bits(op, 9, 1) ? subtracted(m, a, b) : added(m, a, b, 0);
        return 1;
    }
    }
    set_nz(m, *d);
    return 1;
}

static unsigned with_immediate(struct machine *m, uint32_t op) /* 001x */
{
    uint32_t *d = &m->r[bits(op, 8, 3)], b = bits(op, 0, 8);
    switch (bits(op, 11, 2)) {
    case 0:
        *d = b;
        set_nz(m, b);
        break;
    case 1:
        subtracted(m, *d, b);
        break;
    case 2:
        *d = added(m, *d, b, 0);
        break;
    default:
        *d = subtracted(m, *d, b);
    }
    return 1;
}

static unsigned of_two_registers(struct machine *m, uint32_t op) /* 0100 00 */
{
    uint32_t *d = &m->r[bits(op, 0, 3)], b = m->r[bits(op, 3, 3)], result;
    bool kept = true;
    switch (bits(op, 6, 4)) {
    case 0: result = *d & b; break;
    case 1: result = *d ^ b; break;
    case 2: result = shifted_left(m, *d, b & 0xff); break;
    case 3: result = shifted_right(m, *d, b & 0xff); break;
    case 4: result = shifted_with_sign(m, *d, b & 0xff); break;
    case 5: result = added(m, *d, b, m->c); break;
    case 6: result = added(m, *d, ~b, m->c); break;
    case 7: result = rotated(m, *d, b & 0xff); break;
    case 8: result = *d & b; kept = false; break;
    case 9: result = subtracted(m, 0, b); break;
    case 10: result = subtracted(m, *d, b); kept = false; break;
    case 11: result = added(m, *d, b, 0); kept = false; break;
    case 12: result = *d | b; break;
    case 13: result = *d * b; break;
    case 14: result = *d & ~b; break;
    default: result = ~b;
    }
    set_nz(m, result);
    if (kept)
        *d = result;
    return 1;
}

/* Write any register. What was written to R15 is where the program goes on. */
static unsigned write_high(struct machine *m, unsigned d, uint32_t value)
{
    m->r[d] = d == PC ? value & ~1u : d == SP ? value & ~3u : value;
    return d == PC ? 2 : 1;
}

static unsigned of_high_registers(struct machine *m, uint32_t op, uint32_t pc) /* 0100 01 */
{
    unsigned s = bits(op, 3, 4), d = bits(op, 7, 1) << 3 | bits(op, 0, 3);
    uint32_t a = d == PC ? pc + 4 : m->r[d], b = s == PC ? pc + 4 : m->r[s];
    switch (bits(op, 8, 2)) {
    case 0:
        return write_high(m, d, a + b);
    case 1:
        if (s == PC || d == PC)
            return NOT_HERE; /* unpredictable */
        subtracted(m, a, b);
        return 1;
    case 2:
        return write_high(m, d, b);
    default:
        if (s == PC || b >> 28 == 0xf || bits(op, 0, 3))
            return NOT_HERE; /* it may be the end of an exception */
        if (bits(op, 7, 1))
            m->r[LR] = (pc + 2) | 1;
        m->r[PC] = b & ~1u;
        return 2;
    }
}

/* What an access costs besides the instruction's own cycle: SIO has none, the APB more. */
static unsigned access_cycles(uint32_t address, bool write)
{
    switch (address >> 28) {
    case 0xd: return 0;
    case 0x4: return write ? 4 : 3;
    default: return 1;
    }
}

static unsigned read_to(struct machine *m, unsigned d, uint32_t address, unsigned size)
{
    if (!load(m, address, size, &m->r[d]))
        return NOT_HERE;
    return 1 + access_cycles(address, false);
}

static unsigned read_signed_to(struct machine *m, unsigned d, uint32_t address, unsigned size)
{
    unsigned cycles = read_to(m, d, address, size);
    if (cycles)
        m->r[d] = sign_extended(m->r[d], 8 * size);
    return cycles;
}

static unsigned write_from(struct machine *m, unsigned s, uint32_t address, unsigned size)
{
    if (!store(m, address, size, m->r[s]))
        return NOT_HERE;
    return 1 + access_cycles(address, true);
}

static unsigned at_register_offset(struct machine *m, uint32_t op) /* 0101 */
{
    uint32_t address = m->r[bits(op, 3, 3)] + m->r[bits(op, 6, 3)];
    unsigned t = bits(op, 0, 3);
    switch (bits(op, 9, 3)) {
    case 0: return write_from(m, t, address, 4);
    case 1: return write_from(m, t, address, 2);
    case 2: return write_from(m, t, address, 1);
    case 3: return read_signed_to(m, t, address, 1);
    case 4: return read_to(m, t, address, 4);
    case 5: return read_to(m, t, address, 2);
    case 6: return read_to(m, t, address, 1);
    default: return read_signed_to(m, t, address, 2);
    }
}

static unsigned at_offset(struct machine *m, uint32_t op, unsigned size) /* 011x, 1000 */
{
    uint32_t address = m->r[bits(op, 3, 3)] + bits(op, 6, 5) * size;
    unsigned t = bits(op, 0, 3);
    return bits(op, 11, 1) ? read_to(m, t, address, size) : write_from(m, t, address, size);
}

static unsigned on_stack(struct machine *m, uint32_t op) /* 1001 */
{
    uint32_t address = m->r[SP] + bits(op, 0, 8) * 4;
    unsigned t = bits(op, 8, 3);
    return bits(op, 11, 1) ? read_to(m, t, address, 4) : write_from(m, t, address, 4);
}

static unsigned registers_in(uint32_t list)
{
    unsigned count = 0;
    for (; list; list &= list - 1)
        count++;
    return count;
}

static void write_low(struct machine *m, uint32_t list, uint8_t *at)
{
    for (unsigned i = 0; i < 8; i++)
        if (list >> i & 1) {
            put(at, 4, m->r[i]);
            at += 4;
        }
}

static void read_low(struct machine *m, uint32_t list, const uint8_t *at)
{
    for (unsigned i = 0; i < 8; i++)
        if (list >> i & 1) {
            m->r[i] = get(at, 4);
            at += 4;
        }
}

static unsigned several(struct machine *m, uint32_t op) /* 1100 */
{
    uint32_t list = bits(op, 0, 8), *base = &m->r[bits(op, 8, 3)], address = *base;
    unsigned count = registers_in(list);
    bool base_too = list >> bits(op, 8, 3) & 1;
    if (count == 0 || address & 3)
        return NOT_HERE;
    if (bits(op, 11, 1)) {
        const uint8_t *from = readable(m, address, 4 * count);
        if (!from)
            return NOT_HERE;
        read_low(m, list, from);
        if (!base_too)
            *base = address + 4 * count;
    } else {
        uint8_t *to = writable(m, address, 4 * count);
        if (!to || base_too)
            return NOT_HERE;
        write_low(m, list, to);
        *base = address + 4 * count;
    }
    return 1 + count;
}

static unsigned push(struct machine *m, uint32_t op)
{
    uint32_t list = bits(op, 0, 8), with_lr = bits(op, 8, 1);
    unsigned count = registers_in(list);
    uint32_t address = m->r[SP] - 4 * (count + with_lr);
    uint8_t *to = writable(m, address, 4 * (count + with_lr));
    if (!to || count + with_lr == 0)
        return NOT_HERE;
    write_low(m, list, to);
    if (with_lr)
        put(to + 4 * count, 4, m->r[LR]);
    m->r[SP] = address;
    return 1 + count;
}

static unsigned pop(struct machine *m, uint32_t op)
{
    uint32_t list = bits(op, 0, 8), with_pc = bits(op, 8, 1);
    unsigned count = registers_in(list);
    const uint8_t *from = readable(m, m->r[SP], 4 * (count + with_pc));
    if (!from || count + with_pc == 0)
        return NOT_HERE;
    if (with_pc) {
        uint32_t target = get(from + 4 * count, 4);
        if (target >> 28 == 0xf)
            return NOT_HERE; /* it may be the end of an exception */
        m->r[PC] = target & ~1u;
    }
    read_low(m, list, from);
    m->r[SP] += 4 * (count + with_pc);
    return 1 + count + 2 * with_pc;
}

static unsigned set_mask(struct machine *m, bool masked, unsigned cycles)
{
    if (!masked && m->interrupt_waits)
        return NOT_HERE;
    m->masked = masked;
    return cycles;
}

static unsigned extended(struct machine *m, uint32_t op)
{
    uint32_t *d = &m->r[bits(op, 0, 3)], a = m->r[bits(op, 3, 3)];
    switch (bits(op, 6, 2)) {
    case 0: *d = sign_extended(a & 0xffff, 16); break;
    case 1: *d = sign_extended(a & 0xff, 8); break;
    case 2: *d = a & 0xffff; break;
    default: *d = a & 0xff;
    }
    return 1;
}

static unsigned reversed(struct machine *m, uint32_t op)
{
    uint32_t *d = &m->r[bits(op, 0, 3)], a = m->r[bits(op, 3, 3)];
    uint32_t pairs = (a & 0xff00ff00u) >> 8 | (a & 0x00ff00ffu) << 8;
    switch (bits(op, 6, 2)) {
    case 0: *d = pairs >> 16 | pairs << 16; return 1;
    case 1: *d = pairs; return 1;
    case 3: *d = sign_extended(pairs & 0xffff, 16); return 1;
    default: return NOT_HERE;
    }
}

static unsigned miscellaneous(struct machine *m, uint32_t op) /* 1011 */
{
    switch (bits(op, 8, 4)) {
    case 0x0:
        if (bits(op, 7, 1))
            m->r[SP] -= bits(op, 0, 7) * 4;
        else
            m->r[SP] += bits(op, 0, 7) * 4;
        return 1;
    case 0x2:
        return extended(m, op);
    case 0x4:
    case 0x5:
        return push(m, op);
    case 0x6:
        return op == 0xb672 || op == 0xb662 ? set_mask(m, op == 0xb672, 1) : NOT_HERE;
    case 0xa:
        return reversed(m, op);
    case 0xc:
    case 0xd:
        return pop(m, op);
    default:
        return op == 0xbf00 ? 1 : NOT_HERE;
    }
}

static bool holds(const struct machine *m, unsigned condition)
{
    bool found;
    switch (condition >> 1) {
    case 0: found = m->z; break;
    case 1: found = m->c; break;
    case 2: found = m->n; break;
    case 3: found = m->v; break;
    case 4: found = m->c && !m->z; break;
    case 5: found = m->n == m->v; break;
    default: found = !m->z && m->n == m->v;
    }
    return found != (condition & 1);
}

static unsigned branch_if(struct machine *m, uint32_t op, uint32_t pc) /* 1101 */
{
    unsigned condition = bits(op, 8, 4);
    if (condition >= 14)
        return NOT_HERE; /* UDF and SVC */
    if (!holds(m, condition))
        return 1;
    m->r[PC] = pc + 4 + sign_extended(bits(op, 0, 8) << 1, 9);
    return 2;
}

static unsigned of_32_bits(struct machine *m, uint32_t op, uint32_t pc) /* 1111 0 */
{
    const uint8_t *at = readable(m, pc + 2, 2);
    if (!at)
        return NOT_HERE;
    uint32_t second = get(at, 2);
    m->r[PC] = pc + 4;
    if ((second & 0xd000) == 0xd000) { /* BL */
        uint32_t s = bits(op, 10, 1);
        uint32_t i1 = ~(bits(second, 13, 1) ^ s) & 1, i2 = ~(bits(second, 11, 1) ^ s) & 1;
        uint32_t offset = s << 24 | i1 << 23 | i2 << 22 | bits(op, 0, 10) << 12;
        m->r[LR] = (pc + 4) | 1;
        m->r[PC] = pc + 4 + sign_extended(offset | bits(second, 0, 11) << 1, 25);
        return 3;
    }
    if (op == 0xf3bf && bits(second, 4, 12) >= 0x8f4 && bits(second, 4, 12) <= 0x8f6)
        return 3; /* DSB, DMB, ISB */
    if (op == 0xf3ef && second >> 12 == 8 && bits(second, 8, 4) < SP) { /* MRS */
        uint32_t *d = &m->r[bits(second, 8, 4)];
        switch (bits(second, 0, 8)) {
        case 5: *d = m->exception; return 3;
        case 16: *d = m->masked; return 3;
        default: return NOT_HERE;
        }
    }
    if (op >> 4 == 0xf38 && second == 0x8810 && bits(op, 0, 4) < SP) /* MSR PRIMASK */
        return set_mask(m, m->r[bits(op, 0, 4)] & 1, 3);
    return NOT_HERE;
}

/* Execute the next instruction: its cycles, or NOT_HERE. */
static unsigned step(struct machine *m)
{
    uint32_t pc = m->r[PC] & ~1u;
    const uint8_t *at = readable(m, pc, 2);
    if (!at)
        return NOT_HERE;
    uint32_t op = get(at, 2);
    m->r[PC] = pc + 2;
    switch (op >> 12) {
    case 0x0:
    case 0x1:
        return shift_or_add(m, op);
    case 0x2:
    case 0x3:
        return with_immediate(m, op);
    case 0x4:
        if (bits(op, 11, 1)) /* LDR, of what is beside the code */
            return read_to(m, bits(op, 8, 3), ((pc + 4) & ~3u) + bits(op, 0, 8) * 4, 4);
        return bits(op, 10, 1) ? of_high_registers(m, op, pc) : of_two_registers(m, op);
    case 0x5:
        return at_register_offset(m, op);
    case 0x6:
        return at_offset(m, op, 4);
    case 0x7:
        return at_offset(m, op, 1);
    case 0x8:
        return at_offset(m, op, 2);
    case 0x9:
        return on_stack(m, op);
    case 0xa: /* ADR, and ADD of SP */
        m->r[bits(op, 8, 3)] =
            (bits(op, 11, 1) ? m->r[SP] : (pc + 4) & ~3u) + bits(op, 0, 8) * 4;
        return 1;
    case 0xb:
        return miscellaneous(m, op);
    case 0xc:
        return several(m, op);
    case 0xd:
        return branch_if(m, op, pc);
    case 0xe:
        if (bits(op, 11, 1))
            return NOT_HERE;
        m->r[PC] = pc + 4 + sign_extended(bits(op, 0, 11) << 1, 12);
        return 2;
    default:
        return bits(op, 11, 1) ? NOT_HERE : of_32_bits(m, op, pc);
    }
}

/* Execute one instruction after the other until a moment is reached, but at least one and at most
 * so many; false if the next one is not for this interpreter.
 */
bool run(struct machine *m, double until, uint32_t most)
{
    do {
        uint32_t at = m->r[PC];
        unsigned cycles = step(m);
        if (cycles == NOT_HERE) {
            m->r[PC] = at;
            return false;
        }
        m->now += cycles * CYCLE_NS;
    } while (m->now < until && --most);
    return true;
}

/* For rp2040py's own writes to the divider: there is one divider. */
void divide_now(struct machine *m, bool with_signs)
{
    divide(m, with_signs);
}

/* Both of its descriptions must agree. */
uint32_t machine_size(void)
{
    return sizeof(struct machine);
}
