// Streams blocks of samples through a CXXRTL detection chain. Appended to the generated source.
//
// One clock cycle is one eval and one commit: the previous clock level is set low by hand, so the
// falling edge, on which nothing happens, costs nothing. What eval leaves on the outputs are their
// values just before the edge: what a neighbour clocked by the same edge would see.

#include <cstdint>

namespace {

constexpr int kTimeWidth = 32;

struct __attribute__((packed)) Event {
    int64_t time;
    int32_t channel;
    int16_t snippet[SNIPPET_SAMPLES];
};

struct Chain {
    cxxrtl_design::p_chain top;
    Event event;
    int64_t cycles = 0;
    int words = 0;        // of the packet that is arriving
    int hold = 0;         // cycles for which no sample is offered: a packet leaves, or the next may
    bool broken = false;  // the design needed a second delta cycle: not a synchronous circuit

    void edge() {
        top.prev_p_clk.set<uint32_t>(0u);
        top.p_clk.set<uint32_t>(1u);
        if (!top.eval()) broken = true;
        ++cycles;
    }
};

// Registered outputs are wires, combinational ones are values.
template <size_t Bits> const value<Bits> &now(const value<Bits> &port) { return port; }
template <size_t Bits> const value<Bits> &now(const wire<Bits> &port) { return port.curr; }

template <size_t Bits> uint32_t field(const value<Bits> &word, int lsb, int width) {
    uint64_t raw = word.data[lsb / 32] >> (lsb % 32);
    if (lsb % 32 + width > 32) raw |= uint64_t(word.data[lsb / 32 + 1]) << (32 - lsb % 32);
    return uint32_t(raw & ((uint64_t(1) << width) - 1));
}

template <size_t Bits> int16_t sample(const value<Bits> &word, int width) {
    return int16_t(int32_t(field(word, 0, width) << (32 - width)) >> (32 - width));
}

}  // namespace

#define EXPORT extern "C" __attribute__((visibility("default")))

EXPORT Chain *chain_new() {
    Chain *chain = new Chain;
    chain->top.p_rst.set<uint32_t>(1u);
    for (int cycle = 0; cycle < 2; ++cycle) {
        chain->edge();
        chain->top.commit();
    }
    chain->top.p_rst.set<uint32_t>(0u);
    chain->top.p_o____ready.set<uint32_t>(1u);
    return chain;
}

EXPORT void chain_delete(Chain *chain) { delete chain; }

EXPORT int64_t chain_cycles(Chain *chain) { return chain->cycles; }

// Each access answers one cycle later. Nothing is offered on the sample stream meanwhile.
static bool access(Chain *chain, uint32_t address, bool write, uint32_t word, uint32_t *answer) {
    auto &top = chain->top;
    top.p_i____valid.set<uint32_t>(0u);
    top.p_bus____address.set<uint32_t>(address);
    top.p_bus____write__data.set<uint32_t>(word);
    top.p_bus____write__valid.set<uint32_t>(write);
    top.p_bus____read__valid.set<uint32_t>(!write);
    chain->edge();
    top.commit();
    top.p_bus____write__valid.set<uint32_t>(0u);
    top.p_bus____read__valid.set<uint32_t>(0u);
    chain->edge();
    *answer = now(top.p_bus____read__data).data[0];
    bool refused = now(top.p_bus____error).data[0];
    top.commit();
    return refused;
}

EXPORT int chain_write(Chain *chain, uint32_t address, uint32_t word) {
    uint32_t answer;
    return access(chain, address, true, word, &answer);
}

EXPORT int chain_read(Chain *chain, uint32_t address, uint32_t *answer) {
    return access(chain, address, false, 0, answer);
}

// Offers samples[counts[0]..sample_count), writes filtered[counts[1]..] and up to event_capacity
// events; updates counts = {samples taken, filtered samples given, events}. Returns 1 when nothing
// moved for idle_limit cycles after the last sample, 0 when the events are full, -1 when broken.
EXPORT int chain_run(Chain *chain, const int16_t *samples, int64_t sample_count, int16_t *filtered,
                     Event *events, int64_t event_capacity, int64_t idle_limit, int64_t *counts) {
    auto &top = chain->top;
    int64_t idle = 0;
    while (idle < idle_limit) {
        if (counts[2] == event_capacity) return 0;
        bool offer = counts[0] < sample_count && !chain->hold;
        top.p_i____valid.set<uint32_t>(offer);
        if (offer) {
            uint32_t code = uint32_t(samples[counts[0]]) & ((1u << SAMPLE_WIDTH) - 1);
            top.p_i____payload.set<uint32_t>(code);
        }
        chain->edge();
        ++idle;
        if (offer && now(top.p_i____ready).data[0]) {
            ++counts[0];
            idle = 0;
        }
        if (now(top.p_filtered____valid).data[0]) {
            if (counts[1] == sample_count) return -1;
            filtered[counts[1]++] = sample(now(top.p_filtered____payload), FILTERED_WIDTH);
            idle = 0;
        }
        if (chain->hold) --chain->hold;
        if (now(top.p_o____valid).data[0]) {
            chain->hold = PACKET_GAP + 1;
            const auto &word = now(top.p_o____payload);
            const int first_bit = FILTERED_WIDTH + CHANNEL_WIDTH + kTimeWidth;
            if (field(word, first_bit, 1)) chain->words = 0;
            if (chain->words == SNIPPET_SAMPLES) return -1;
            chain->event.snippet[chain->words++] = sample(word, FILTERED_WIDTH);
            if (field(word, first_bit + 1, 1)) {
                if (chain->words != SNIPPET_SAMPLES) return -1;
                chain->event.channel = int32_t(field(word, FILTERED_WIDTH, CHANNEL_WIDTH));
                chain->event.time = field(word, FILTERED_WIDTH + CHANNEL_WIDTH, kTimeWidth);
                events[counts[2]++] = chain->event;
            }
            idle = 0;
        }
        top.commit();
        if (chain->broken) return -1;
    }
    return 1;
}
