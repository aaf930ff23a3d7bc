// Streams words through a CXXRTL codec and keeps its packets. Appended to the generated source, and
// to macros: STREAMS(DO) does DO(index, name) for the streams that take words, SET_UP sets the ports.
//
// Cycles are as in harness.cc: eval leaves on the outputs what a neighbour clocked by the same edge
// would see.

#include <cstdint>

namespace {

struct Codec {
    cxxrtl_design::p_codec top;
    bool broken = false;  // the design needed a second delta cycle: not a synchronous circuit

    void edge() {
        top.prev_p_clk.set<uint32_t>(0u);
        top.p_clk.set<uint32_t>(1u);
        if (!top.eval()) broken = true;
    }
};

// Registered outputs are wires, combinational ones are values.
template <size_t Bits> uint32_t now(const value<Bits> &port) { return port.data[0]; }
template <size_t Bits> uint32_t now(const wire<Bits> &port) { return port.curr.data[0]; }

}  // namespace

#define OFFER(index, name) \
    if (stream == index) { \
        top.p_##name##____valid.set<uint32_t>(offer); \
        if (offer) top.p_##name##____payload.set<uint64_t>(words[counts[0]]); \
    }
#define TAKE(index, name) \
    if (stream == index) taken = offer && now(top.p_##name##____ready);

#define EXPORT extern "C" __attribute__((visibility("default")))

EXPORT Codec *codec_new(const uint32_t *values) {
    Codec *codec = new Codec;
    auto &top = codec->top;
    top.p_rst.set<uint32_t>(1u);
    for (int cycle = 0; cycle < 2; ++cycle) {
        codec->edge();
        top.commit();
    }
    top.p_rst.set<uint32_t>(0u);
    top.p_o____ready.set<uint32_t>(1u);
    SET_UP
    return codec;
}

EXPORT void codec_delete(Codec *codec) { delete codec; }

// Offers words[0..word_count) to one stream. When nothing has moved for idle_limit cycles, ends all packets, and
// waits as long again. Writes up to byte_capacity bytes, 0x100 more where a packet ends, and
// counts = {words taken, bytes given, cycles}. Returns 0, or -1 when broken.
EXPORT int codec_run(Codec *codec, int stream, const uint64_t *words, int64_t word_count,
                     uint16_t *bytes, int64_t byte_capacity, int64_t idle_limit, int64_t *counts) {
    auto &top = codec->top;
    int64_t idle = 0;
    bool flush = false;
    while (counts[1] < byte_capacity) {
        bool offer = counts[0] < word_count && !flush;
        STREAMS(OFFER)
        top.p_flush.set<uint32_t>(flush);
        codec->edge();
        ++counts[2];
        ++idle;
        bool taken = false;
        STREAMS(TAKE)
        if (taken) {
            ++counts[0];
            idle = 0;
        }
        if (now(top.p_o____valid)) {
            bytes[counts[1]++] = uint16_t(now(top.p_o____payload));
            idle = 0;
        }
        top.commit();
        if (codec->broken) return -1;
        if (idle == idle_limit) {
            if (flush) break;
            flush = true;
            idle = 0;
        }
    }
    return 0;
}
