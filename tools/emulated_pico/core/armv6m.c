/* An interpreter of ARMv6-M, for the instructions that touch nothing but a core's registers and
 * what memory.h has. It leaves every other one, and every exception, to rp2040py's: it changes
 * nothing then. The cycles are those that rp2040py counts. [ARM DDI 0419E, A5 and A6]
 */

#include "memory.h"

#define CYCLE_NS 8.0 /* at 125 MHz */

/* What an instruction returns that is not for this interpreter; else its cycles. */
#define NOT_HERE 0u

static inline uint32_t bits(uint32_t op, unsigned low, unsigned count)
{
    return op >> low & ((1u << count) - 1);
}

static inline uint32_t sign_extended(uint32_t value, unsigned size)
{
    uint32_t sign = (uint32_t)1 << (size - 1);
    return (value ^ sign) - sign;
}

static inline void set_nz(struct machine *m, uint32_t result)
{
    m->n = result >> 31;
    m->z = result == 0;
}

static inline uint32_t added(struct machine *m, uint32_t a, uint32_t b, uint32_t carry)
{
    uint64_t sum = (uint64_t)a + b + carry;
    uint32_t result = (uint32_t)sum;
    set_nz(m, result);
    m->c = (uint32_t)(sum >> 32);
    m->v = (~(a ^ b) & (a ^ result)) >> 31;
    return result;
}

static inline uint32_t subtracted(struct machine *m, uint32_t a, uint32_t b)
{
    return added(m, a, ~b, 1);
}

/* Shifts by 0 to 255: by 0 the carry stays. */

static inline uint32_t shifted_left(struct machine *m, uint32_t a, unsigned by)
{
    if (by == 0)
        return a;
    m->c = by <= 32 ? a >> (32 - by) & 1 : 0;
    return by < 32 ? a << by : 0;
}

static inline uint32_t shifted_right(struct machine *m, uint32_t a, unsigned by)
{
    if (by == 0)
        return a;
    m->c = by <= 32 ? a >> (by - 1) & 1 : 0;
    return by < 32 ? a >> by : 0;
}

static inline uint32_t shifted_with_sign(struct machine *m, uint32_t a, unsigned by)
{
    uint32_t signs = a >> 31 ? UINT32_MAX : 0;
    if (by == 0)
        return a;
    m->c = by <= 32 ? a >> (by - 1) & 1 : a >> 31;
    return by < 32 ? a >> by | (signs & ~(UINT32_MAX >> by)) : signs;
}

static inline uint32_t rotated(struct machine *m, uint32_t a, unsigned by)
{
    if (by == 0)
        return a;
    if (by % 32)
        a = a >> by % 32 | a << (32 - by % 32);
    m->c = a >> 31;
    return a;
}

/* The result of an instruction, with the flags of one that is written and one that is not. */

static inline unsigned flags_of(struct machine *m, uint32_t result)
{
    set_nz(m, result);
    return 1;
}

static inline unsigned write(struct machine *m, unsigned d, uint32_t result)
{
    m->r[d] = result;
    return 1;
}

static inline unsigned write_and_flags(struct machine *m, unsigned d, uint32_t result)
{
    m->r[d] = result;
    set_nz(m, result);
    return 1;
}

/* Write any register. What is written to R15 is where the program goes on. */
static inline unsigned write_high(struct machine *m, unsigned d, uint32_t value)
{
    m->r[d] = d == PC ? value & ~1u : d == SP ? value & ~3u : value;
    return d == PC ? 2 : 1;
}

static inline unsigned go(struct machine *m, uint32_t address)
{
    m->r[PC] = address;
    return 2;
}

static inline unsigned compare_high(struct machine *m, unsigned d, unsigned s)
{
    if (d == PC || s == PC)
        return NOT_HERE; /* unpredictable */
    subtracted(m, m->r[d], m->r[s]);
    return 1;
}

/* BX and BLX. */
static inline unsigned branch_to(struct machine *m, uint32_t op, uint32_t pc)
{
    unsigned s = bits(op, 3, 4);
    bool link = bits(op, 7, 1);
    uint32_t address = m->r[s];
    if (s == PC || bits(op, 0, 3))
        return NOT_HERE; /* unpredictable */
    if (address >> 28 == 0xf && !link)
        return NOT_HERE; /* it may be the end of an exception */
    if (link)
        m->r[LR] = (pc + 2) | 1;
    return go(m, address & ~1u);
}

static inline bool holds(const struct machine *m, unsigned condition)
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

static inline unsigned branch_if(struct machine *m, uint32_t op, uint32_t pc)
{
    if (!holds(m, bits(op, 8, 4)))
        return 1;
    return go(m, pc + 4 + sign_extended(bits(op, 0, 8) << 1, 9));
}

/* What an access costs besides the instruction's own cycle: SIO has none, the APB more. */
static inline unsigned access_cycles(uint32_t address)
{
    if (address >> 28 == 0xd)
        return 0;
    return address >> 28 == 0x4 ? 3 : 1; /* of the APB, only reads are here */
}

static inline unsigned read_to(struct machine *m, unsigned d, uint32_t address, unsigned size)
{
    if (!load(m, address, size, &m->r[d]))
        return NOT_HERE;
    return 1 + access_cycles(address);
}

static inline unsigned read_signed(struct machine *m, unsigned d, uint32_t address, unsigned size)
{
    unsigned cycles = read_to(m, d, address, size);
    if (cycles)
        m->r[d] = sign_extended(m->r[d], 8 * size);
    return cycles;
}

static inline unsigned write_from(struct machine *m, unsigned s, uint32_t address, unsigned size)
{
    if (!store(m, address, size, m->r[s]))
        return NOT_HERE;
    return 1 + access_cycles(address);
}

static inline unsigned registers_in(uint32_t list)
{
    return (unsigned)__builtin_popcount(list);
}

static inline void write_low(const struct machine *m, uint32_t list, uint8_t *to)
{
    for (; list; list &= list - 1, to += 4)
        put(to, 4, m->r[__builtin_ctz(list)]);
}

static inline void read_low(struct machine *m, uint32_t list, const uint8_t *from)
{
    for (; list; list &= list - 1, from += 4)
        m->r[__builtin_ctz(list)] = get(from, 4);
}

static unsigned write_several(struct machine *m, uint32_t list, unsigned base)
{
    unsigned count = registers_in(list);
    uint8_t *to = writable(m, m->r[base], 4 * count);
    if (!to || count == 0 || m->r[base] & 3 || list >> base & 1)
        return NOT_HERE;
    write_low(m, list, to);
    m->r[base] += 4 * count;
    return 1 + count;
}

static unsigned read_several(struct machine *m, uint32_t list, unsigned base)
{
    unsigned count = registers_in(list);
    uint32_t end = m->r[base] + 4 * count;
    const uint8_t *from = readable(m, m->r[base], 4 * count);
    if (!from || count == 0 || m->r[base] & 3)
        return NOT_HERE;
    read_low(m, list, from);
    if (!(list >> base & 1))
        m->r[base] = end;
    return 1 + count;
}

static unsigned push(struct machine *m, uint32_t list, uint32_t with_lr)
{
    unsigned count = registers_in(list);
    uint32_t address = m->r[SP] - 4 * (count + with_lr);
    uint8_t *to = writable(m, address, 4 * (count + with_lr));
    if (!to || count + with_lr == 0 || address & 3)
        return NOT_HERE;
    write_low(m, list, to);
    if (with_lr)
        put(to + 4 * count, 4, m->r[LR]);
    m->r[SP] = address;
    return 1 + count;
}

static unsigned pop(struct machine *m, uint32_t list, uint32_t with_pc)
{
    unsigned count = registers_in(list);
    const uint8_t *from = readable(m, m->r[SP], 4 * (count + with_pc));
    if (!from || count + with_pc == 0 || m->r[SP] & 3)
        return NOT_HERE;
    if (with_pc) {
        uint32_t address = get(from + 4 * count, 4);
        if (address >> 28 == 0xf)
            return NOT_HERE; /* it may be the end of an exception */
        go(m, address & ~1u);
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

static inline uint32_t swapped_in_pairs(uint32_t a)
{
    return (a & 0xff00ff00u) >> 8 | (a & 0x00ff00ffu) << 8;
}

static inline unsigned branch_and_link(struct machine *m, uint32_t op, uint32_t second, uint32_t pc)
{
    uint32_t s = bits(op, 10, 1);
    uint32_t i1 = ~(bits(second, 13, 1) ^ s) & 1, i2 = ~(bits(second, 11, 1) ^ s) & 1;
    uint32_t offset = s << 24 | i1 << 23 | i2 << 22 | bits(op, 0, 10) << 12;
    m->r[LR] = (pc + 4) | 1;
    m->r[PC] = pc + 4 + sign_extended(offset | bits(second, 0, 11) << 1, 25);
    return 3;
}

/* 32 bits: BL; DSB, DMB and ISB; MRS of IPSR and PRIMASK; MSR of PRIMASK. */
static unsigned of_32_bits(struct machine *m, uint32_t op, uint32_t pc)
{
    const uint8_t *at = code(m, pc + 2);
    if (!at)
        return NOT_HERE;
    uint32_t second = get(at, 2);
    if ((second & 0xd000) == 0xd000)
        return branch_and_link(m, op, second, pc);
    m->r[PC] = pc + 4;
    if (op == 0xf3bf && bits(second, 4, 12) >= 0x8f4 && bits(second, 4, 12) <= 0x8f6)
        return 3;
    if (op == 0xf3ef && second >> 12 == 8 && bits(second, 8, 4) < SP) {
        switch (bits(second, 0, 8)) {
        case 5:
            m->r[bits(second, 8, 4)] = m->exception;
            return 3;
        case 16:
            m->r[bits(second, 8, 4)] = m->masked;
            return 3;
        }
    }
    if (op >> 4 == 0xf38 && second == 0x8810 && bits(op, 0, 4) < SP)
        return set_mask(m, m->r[bits(op, 0, 4)] & 1, 3);
    return NOT_HERE;
}

/* Execute the instruction at an address: its cycles, or NOT_HERE. R15 has the next one's address
 * already. The cases are the encodings, without their last six bits.
 */
static inline unsigned execute(struct machine *m, uint32_t op, uint32_t pc)
{
/* The fields of an encoding, read where they are needed: to read all of them first takes longer
 * than most instructions do.
 */
#define R(low, count) m->r[bits(op, low, count)]
#define D bits(op, 0, 3)
#define D8 bits(op, 8, 3)
#define HIGH (bits(op, 7, 1) << 3 | D)
#define ANY(n) ((n) == PC ? pc + 4 : m->r[n])
#define A R(3, 3)
#define B R(6, 3)
#define BY bits(op, 6, 5)
#define IMM3 bits(op, 6, 3)
#define IMM7 bits(op, 0, 7)
#define IMM8 bits(op, 0, 8)
#define BESIDE (((pc + 4) & ~3u) + IMM8 * 4)

    switch (op >> 6) {
    case 0x000 ... 0x01f: return write_and_flags(m, D, shifted_left(m, A, BY));
    case 0x020 ... 0x03f: return write_and_flags(m, D, shifted_right(m, A, BY ? BY : 32));
    case 0x040 ... 0x05f: return write_and_flags(m, D, shifted_with_sign(m, A, BY ? BY : 32));
    case 0x060 ... 0x067: return write(m, D, added(m, A, B, 0));
    case 0x068 ... 0x06f: return write(m, D, subtracted(m, A, B));
    case 0x070 ... 0x077: return write(m, D, added(m, A, IMM3, 0));
    case 0x078 ... 0x07f: return write(m, D, subtracted(m, A, IMM3));
    case 0x080 ... 0x09f: return write_and_flags(m, D8, IMM8);
    case 0x0a0 ... 0x0bf: return flags_of(m, subtracted(m, m->r[D8], IMM8));
    case 0x0c0 ... 0x0df: return write(m, D8, added(m, m->r[D8], IMM8, 0));
    case 0x0e0 ... 0x0ff: return write(m, D8, subtracted(m, m->r[D8], IMM8));

    case 0x100: return write_and_flags(m, D, m->r[D] & A);
    case 0x101: return write_and_flags(m, D, m->r[D] ^ A);
    case 0x102: return write_and_flags(m, D, shifted_left(m, m->r[D], A & 0xff));
    case 0x103: return write_and_flags(m, D, shifted_right(m, m->r[D], A & 0xff));
    case 0x104: return write_and_flags(m, D, shifted_with_sign(m, m->r[D], A & 0xff));
    case 0x105: return write(m, D, added(m, m->r[D], A, m->c));
    case 0x106: return write(m, D, added(m, m->r[D], ~A, m->c));
    case 0x107: return write_and_flags(m, D, rotated(m, m->r[D], A & 0xff));
    case 0x108: return flags_of(m, m->r[D] & A);
    case 0x109: return write(m, D, subtracted(m, 0, A));
    case 0x10a: return flags_of(m, subtracted(m, m->r[D], A));
    case 0x10b: return flags_of(m, added(m, m->r[D], A, 0));
    case 0x10c: return write_and_flags(m, D, m->r[D] | A);
    case 0x10d: return write_and_flags(m, D, m->r[D] * A);
    case 0x10e: return write_and_flags(m, D, m->r[D] & ~A);
    case 0x10f: return write_and_flags(m, D, ~A);
    case 0x110 ... 0x113: return write_high(m, HIGH, ANY(HIGH) + ANY(bits(op, 3, 4)));
    case 0x114 ... 0x117: return compare_high(m, HIGH, bits(op, 3, 4));
    case 0x118 ... 0x11b: return write_high(m, HIGH, ANY(bits(op, 3, 4)));
    case 0x11c ... 0x11f: return branch_to(m, op, pc);

    case 0x120 ... 0x13f: return read_to(m, D8, BESIDE, 4);
    case 0x140 ... 0x147: return write_from(m, D, A + B, 4);
    case 0x148 ... 0x14f: return write_from(m, D, A + B, 2);
    case 0x150 ... 0x157: return write_from(m, D, A + B, 1);
    case 0x158 ... 0x15f: return read_signed(m, D, A + B, 1);
    case 0x160 ... 0x167: return read_to(m, D, A + B, 4);
    case 0x168 ... 0x16f: return read_to(m, D, A + B, 2);
    case 0x170 ... 0x177: return read_to(m, D, A + B, 1);
    case 0x178 ... 0x17f: return read_signed(m, D, A + B, 2);
    case 0x180 ... 0x19f: return write_from(m, D, A + BY * 4, 4);
    case 0x1a0 ... 0x1bf: return read_to(m, D, A + BY * 4, 4);
    case 0x1c0 ... 0x1df: return write_from(m, D, A + BY, 1);
    case 0x1e0 ... 0x1ff: return read_to(m, D, A + BY, 1);
    case 0x200 ... 0x21f: return write_from(m, D, A + BY * 2, 2);
    case 0x220 ... 0x23f: return read_to(m, D, A + BY * 2, 2);
    case 0x240 ... 0x25f: return write_from(m, D8, m->r[SP] + IMM8 * 4, 4);
    case 0x260 ... 0x27f: return read_to(m, D8, m->r[SP] + IMM8 * 4, 4);

    case 0x280 ... 0x29f: return write(m, D8, BESIDE);
    case 0x2a0 ... 0x2bf: return write(m, D8, m->r[SP] + IMM8 * 4);
    case 0x2c0 ... 0x2c1: return write_high(m, SP, m->r[SP] + IMM7 * 4);
    case 0x2c2 ... 0x2c3: return write_high(m, SP, m->r[SP] - IMM7 * 4);
    case 0x2c8: return write(m, D, sign_extended(A & 0xffff, 16));
    case 0x2c9: return write(m, D, sign_extended(A & 0xff, 8));
    case 0x2ca: return write(m, D, A & 0xffff);
    case 0x2cb: return write(m, D, A & 0xff);
    case 0x2d0 ... 0x2d7: return push(m, IMM8, bits(op, 8, 1));
    case 0x2d9: return op == 0xb662 || op == 0xb672 ? set_mask(m, op == 0xb672, 1) : NOT_HERE;
    case 0x2e8: return write(m, D, swapped_in_pairs(A << 16 | A >> 16));
    case 0x2e9: return write(m, D, swapped_in_pairs(A));
    case 0x2eb: return write(m, D, sign_extended(swapped_in_pairs(A) & 0xffff, 16));
    case 0x2f0 ... 0x2f7: return pop(m, IMM8, bits(op, 8, 1));
    case 0x2fc: return op == 0xbf00 ? 1 : NOT_HERE;

    case 0x300 ... 0x31f: return write_several(m, IMM8, D8);
    case 0x320 ... 0x33f: return read_several(m, IMM8, D8);
    case 0x340 ... 0x377: return branch_if(m, op, pc);
    case 0x380 ... 0x39f: return go(m, pc + 4 + sign_extended(bits(op, 0, 11) << 1, 12));
    case 0x3c0 ... 0x3df: return of_32_bits(m, op, pc);
    default: return NOT_HERE;
    }
#undef R
#undef D
#undef D8
#undef HIGH
#undef ANY
#undef A
#undef B
#undef BY
#undef IMM3
#undef IMM7
#undef IMM8
#undef BESIDE
}

/* Execute one instruction after the other until a moment is reached, but at least one and at most
 * so many; false if the next one is not for this interpreter.
 */
bool run(struct machine *m, double until, uint32_t most)
{
    double now = m->now; /* beside m->now, which is read where an instruction asks for the time */
    do {
        uint32_t before = m->r[PC], pc = before & ~1u;
        const uint8_t *at = code(m, pc);
        if (!at)
            return false;
        m->r[PC] = pc + 2;
        unsigned cycles = execute(m, get(at, 2), pc);
        if (cycles == NOT_HERE) {
            m->r[PC] = before;
            return false;
        }
        m->now = now += cycles * CYCLE_NS;
    } while (now < until && --most);
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
