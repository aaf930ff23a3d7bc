// What a rewritten cycle calls (single_clock.py). Before the circuit, whose namespace it shares.

#include <cstdint>
#include <type_traits>

namespace cxxrtl_design {

// What is written to a memory when the cycle ends.
template <size_t Width> struct pending {
    bool enabled = false;
    size_t row;
    value<Width> data, mask;

    void set(size_t to, const value<Width> &what, const value<Width> &where, int = 0) {
        if (where.is_zero()) return;
        enabled = true, row = to, data = what, mask = where;
    }
    void commit(memory<Width> &into) const {
        if (enabled) into.data[row] = into.data[row].update(data, mask);
    }
};

template <size_t Width>
void write_later(memory<Width> &into, size_t row, const value<Width> &what,
                 const value<Width> &where, int priority = 0) {
    if (!where.is_zero()) into.update(row, what, where, priority);
}

// CXXRTL's functions take 32 bits at a time; these, found before them, up to 128 at once.
template <size_t Bits>
using integer = std::conditional_t<Bits <= 32, uint32_t,
                                   std::conditional_t<Bits <= 64, uint64_t, unsigned __int128>>;
template <typename Integer>
using signed_like = std::conditional_t<sizeof(Integer) == 4, int32_t,
                                       std::conditional_t<sizeof(Integer) == 8, int64_t, __int128>>;

constexpr size_t most(size_t a, size_t b, size_t c = 0) {
    return a > b ? (a > c ? a : c) : (b > c ? b : c);
}

template <typename Integer, size_t Bits>
CXXRTL_ALWAYS_INLINE Integer as_unsigned(const value<Bits> &from) {
    Integer result = from.data[0];
    if constexpr (sizeof(Integer) > 4)
        for (size_t n = 1; n < value<Bits>::chunks; ++n) result |= Integer(from.data[n]) << 32 * n;
    return result;
}

template <typename Integer, size_t Bits>
CXXRTL_ALWAYS_INLINE Integer as_signed(const value<Bits> &from) {
    constexpr size_t unused = 8 * sizeof(Integer) - Bits;
    return signed_like<Integer>(as_unsigned<Integer>(from) << unused) >> unused;
}

template <size_t Bits, typename Integer> CXXRTL_ALWAYS_INLINE value<Bits> as_value(Integer from) {
    value<Bits> result;
    result.data[0] = chunk_t(from);
    if constexpr (sizeof(Integer) > 4)
        for (size_t n = 1; n < result.chunks; ++n)
            result.data[n] = 32 * n < 8 * sizeof(Integer) ? chunk_t(from >> 32 * n) : 0;
    result.data[result.chunks - 1] &= result.msb_mask;
    return result;
}

// Of x and y, of type Integer; comparisons of signed numbers by an offset of half of the range.
#define BINARY(name, suffix, bits, convert, result)                                                \
    template <size_t BitsY, size_t BitsA, size_t BitsB>                                            \
    CXXRTL_ALWAYS_INLINE value<BitsY> name##suffix(const value<BitsA> &a, const value<BitsB> &b) { \
        if constexpr ((bits) > 128) {                                                              \
            return cxxrtl_yosys::name##suffix<BitsY>(a, b);                                        \
        } else {                                                                                   \
            using Integer = integer<(bits)>;                                                       \
            [[maybe_unused]] constexpr Integer half = Integer(1) << (8 * sizeof(Integer) - 1);     \
            const Integer x = convert<Integer>(a), y = convert<Integer>(b);                        \
            return as_value<BitsY>(Integer(result));                                               \
        }                                                                                          \
    }
#define ARITHMETIC(name, result)                                               \
    BINARY(name, _uu, most(BitsY, BitsA, BitsB), as_unsigned, result)          \
    BINARY(name, _ss, most(BitsY, BitsA, BitsB), as_signed, result)
#define COMPARISON(name, comparison)                                                       \
    BINARY(name, _uu, most(BitsA, BitsB), as_unsigned, x comparison y)                     \
    BINARY(name, _ss, most(BitsA, BitsB), as_signed, (x ^ half) comparison (y ^ half))
ARITHMETIC(add, x + y)
ARITHMETIC(sub, x - y)
ARITHMETIC(mul, x * y)
COMPARISON(eq, ==)
COMPARISON(ne, !=)
COMPARISON(lt, <)
COMPARISON(le, <=)
COMPARISON(gt, >)
COMPARISON(ge, >=)
#undef COMPARISON
#undef ARITHMETIC
#undef BINARY

template <size_t BitsY, size_t BitsA, size_t BitsB>
CXXRTL_ALWAYS_INLINE value<BitsY> shr_uu(const value<BitsA> &a, const value<BitsB> &b) {
    if constexpr (most(BitsA, BitsY) > 128 || BitsB > 32) {
        return cxxrtl_yosys::shr_uu<BitsY>(a, b);
    } else {
        using Integer = integer<most(BitsA, BitsY)>;
        return as_value<BitsY>(b.data[0] < BitsA ? Integer(as_unsigned<Integer>(a) >> b.data[0])
                                                 : Integer(0));
    }
}

template <size_t BitsY, size_t BitsA, size_t BitsB>
CXXRTL_ALWAYS_INLINE value<BitsY> shift_uu(const value<BitsA> &a, const value<BitsB> &b) {
    return cxxrtl_design::shr_uu<BitsY>(a, b);
}

template <size_t BitsY, size_t BitsA, size_t BitsB>
CXXRTL_ALWAYS_INLINE value<BitsY> sshr_su(const value<BitsA> &a, const value<BitsB> &b) {
    if constexpr (most(BitsA, BitsY) > 128 || BitsB > 32) {
        return cxxrtl_yosys::sshr_su<BitsY>(a, b);
    } else {
        using Integer = integer<most(BitsA, BitsY)>;
        const auto shift = b.data[0] < BitsA ? b.data[0] : BitsA - 1;
        return as_value<BitsY>(Integer(signed_like<Integer>(as_signed<Integer>(a)) >> shift));
    }
}

template <size_t BitsY, size_t BitsA, size_t BitsB>
CXXRTL_ALWAYS_INLINE value<BitsY> shl_uu(const value<BitsA> &a, const value<BitsB> &b) {
    if constexpr (most(BitsA, BitsY) > 128 || BitsB > 32) {
        return cxxrtl_yosys::shl_uu<BitsY>(a, b);
    } else {
        using Integer = integer<most(BitsA, BitsY)>;
        return as_value<BitsY>(b.data[0] < BitsY ? Integer(as_unsigned<Integer>(a) << b.data[0])
                                                 : Integer(0));
    }
}

}  // namespace cxxrtl_design

