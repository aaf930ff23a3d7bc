// Runs programs on a CXXRTL processor. Appended to the generated source, as harness.cc is.
//
// A cycle is what single_clock.py makes of eval and commit; outputs are looked at within it, just
// before the clock edge.

#include <cstdint>

namespace {

struct Machine {
    cxxrtl_design::p_processor top;
    int64_t cycles = 0;
    int64_t retired_at = 0;  // the cycle of the latest instruction
    bool asked = false;      // for what is around the processor, where nothing is
};

// Registered outputs are wires, combinational ones are values.
template <size_t Bits> const value<Bits> &now(const value<Bits> &port) { return port; }
template <size_t Bits> const value<Bits> &now(const wire<Bits> &port) { return port.curr; }

template <typename Port> uint32_t word(const Port &port) { return now(port).data[0]; }

}  // namespace

#define EXPORT extern "C" __attribute__((visibility("default")))

// What a run is given, and what it leaves.
struct Run {
    int64_t cycle_limit;      // cycles at most, of this run
    const uint8_t *input;     // bytes for the program
    int64_t input_count;
    int64_t input_taken;      // updated
    const uint32_t *events;   // words of the first stream, which come before all bytes
    int64_t event_count;
    int64_t event_taken;      // updated
    uint8_t *output;          // bytes from the program
    int64_t output_capacity;
    int64_t output_count;     // set
    uint32_t *rows;           // of what retires, COLUMNS words each, or null
    int64_t row_capacity;
    int64_t row_count;        // set
    int64_t *profile;         // cycles of each half-word of the memory of instructions, or null
    int64_t profile_size;
    int64_t retired;          // set
    uint32_t finished, exit_code, sleeping;  // set
};

EXPORT void machine_run(Machine *machine, Run *run);

// Held in reset until the first machine_run: memories are loaded meanwhile.
EXPORT Machine *machine_new() {
    Machine *machine = new Machine;
    auto &top = machine->top;
    top.p_rst.set<uint32_t>(1u);
    top.p_output____ready.set<uint32_t>(1u);
    top.p_spi__select.set<uint32_t>(1u);  // low would select it
    uint8_t nothing[1];
    Run reset = {};
    reset.cycle_limit = 2, reset.output = nothing, reset.output_capacity = 1;
    machine_run(machine, &reset);
    top.p_rst.set<uint32_t>(0u);
    machine->cycles = 0;
    return machine;
}

EXPORT void machine_delete(Machine *machine) { delete machine; }

EXPORT int64_t machine_cycles(Machine *machine) { return machine->cycles; }

// Words from the beginning of a memory; returns whether they fit.
EXPORT int machine_load_text(Machine *machine, const uint32_t *words, int64_t count) {
    auto &low = machine->top.memory_p_text_2e_low, &high = machine->top.memory_p_text_2e_high;
    if (count > int64_t(low.depth)) return 0;
    for (int64_t row = 0; row < count; ++row) {
        low.data[row].template set<uint32_t>(words[row] & 0xffff);
        high.data[row].template set<uint32_t>(words[row] >> 16);
    }
    return 1;
}

static memory<32> &bank(Machine *machine, int64_t index) {
    auto &top = machine->top;
    switch (index & 3) {
    case 0: return top.memory_p_data_2e_bank__0;
    case 1: return top.memory_p_data_2e_bank__1;
    case 2: return top.memory_p_data_2e_bank__2;
    default: return top.memory_p_data_2e_bank__3;
    }
}

EXPORT int machine_load_data(Machine *machine, const uint32_t *words, int64_t count) {
    if (count > 4 * int64_t(bank(machine, 0).depth)) return 0;
    for (int64_t index = 0; index < count; ++index)
        bank(machine, index).data[index / 4].template set<uint32_t>(words[index]);
    return 1;
}

EXPORT void machine_read_data(Machine *machine, uint32_t *words, int64_t count) {
    for (int64_t index = 0; index < count; ++index)
        words[index] = bank(machine, index).data[index / 4].data[0];
}

EXPORT uint32_t machine_scratch(Machine *machine, int index) {
    auto &top = machine->top;
    switch (index & 3) {
    case 0: return word(top.p_mailbox_2e_bank_2e_scratch__0__word);
    case 1: return word(top.p_mailbox_2e_bank_2e_scratch__1__word);
    case 2: return word(top.p_mailbox_2e_bank_2e_scratch__2__word);
    default: return word(top.p_mailbox_2e_bank_2e_scratch__3__word);
    }
}

EXPORT void machine_run(Machine *machine, Run *run) {
    auto &top = machine->top;
    run->output_count = run->row_count = run->retired = 0;
    run->finished = 0;
    int64_t drained = 0;  // cycles since the end: what is in the queue comes out
    for (int64_t cycle = 0; cycle < run->cycle_limit || run->finished; ++cycle) {
        if (run->output_count == run->output_capacity) break;
        if (run->rows && run->row_count == run->row_capacity) break;
        bool streams = run->event_taken < run->event_count;
        bool sends = false, offers = !streams && run->input_taken < run->input_count;
        top.p_events____0____valid.set<uint32_t>(streams);
        if (streams) top.p_events____0____payload.set<uint32_t>(run->events[run->event_taken]);
        top.p_input____valid.set<uint32_t>(offers);
        if (offers) top.p_input____payload.set<uint32_t>(run->input[run->input_taken]);
        top.p_outside____error.set<uint32_t>(machine->asked);
        ++machine->cycles;
        top.cycle([&] {
            machine->asked = word(top.p_outside____read__valid);
            machine->asked |= word(top.p_outside____write__valid);
            if (offers && word(top.p_input____ready)) ++run->input_taken;
            if (streams && word(top.p_events____0____ready)) ++run->event_taken;
            sends = word(top.p_output____valid);
            if (sends) run->output[run->output_count++] = uint8_t(word(top.p_output____payload));
#ifdef TRACED
            if (word(top.p_trace____valid) && !run->finished) {
                ++run->retired;
                uint32_t pc = word(top.p_trace____pc__rdata);
                if (run->profile && pc / 2 < run->profile_size)
                    run->profile[pc / 2] += machine->cycles - machine->retired_at;
                machine->retired_at = machine->cycles;
                if (run->rows) {
                    uint32_t *row = run->rows + COLUMNS * run->row_count++;
                    TRACE_ROW
                }
            }
#endif
            run->finished = word(top.p_finished);
            run->exit_code = word(top.p_exit__code);
            run->sleeping = word(top.p_sleeping);
        });
        if (run->finished && (drained += !sends) > 2) break;
    }
}
