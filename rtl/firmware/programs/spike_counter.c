/* Spikes as they come: counted by channel, and projected on two shapes by the MAC array.

   The host says by bytes what to do, words with the lowest byte first:
   t, four bytes: this threshold on all channels of the chain; g: the chain takes samples;
   w, two bytes of an offset and four of a word: for any register around the processor;
   s: say how many frames the chain took, and how many spikes it found and lost;
   e: tell the sums, once no spike waits, and end. */
#include <stdint.h>

#include "console.h"
#include "detection_chain.h"
#include "event_ring.h"
#include "interrupts_registers.h"
#include "mac_array.h"
#include "processor.h"

#define CHANNELS 128
#define SAMPLES 256
#define SHAPES 2
#define RING_BYTES 2048
#define NO_SUCH_EVENT 0x100 /* in the exit code, beside the errors of the MAC array */

static uint8_t events[RING_BYTES] RING_ALIGNED UNCLEARED;
static int16_t shapes[SHAPES][SAMPLES] MAC_ALIGNED UNCLEARED;
static int32_t projections[SHAPES] MAC_ALIGNED;
static uint32_t counts[CHANNELS];
static int32_t sums[CHANNELS][SHAPES];

static uint32_t value_of_bytes(int bytes)
{
    uint32_t value = 0;
    for (int byte = 0; byte < bytes; ++byte) {
        int letter;
        while ((letter = get_character()) < 0)
            ;
        value |= (uint32_t)letter << (8 * byte);
    }
    return value;
}

static void write_outside(void)
{
    uint32_t offset = value_of_bytes(2);
    *(volatile uint32_t *)(OUTSIDE_ADDRESS + offset) = value_of_bytes(4);
}

static void set_thresholds(uint32_t threshold)
{
    for (uint32_t channel = chain_channels(); channel-- > 0;)
        chain_set_threshold(channel, threshold);
}

static void obey(int letter)
{
    if (letter == 'w')
        write_outside();
    else if (letter == 't')
        set_thresholds(value_of_bytes(4));
    else if (letter == 'g')
        chain_start();
    else if (letter == 's')
        print("%u frames, %u spikes, %u lost\n", chain_frames(), chain_detected(), chain_lost());
}

static void prepare_shapes(int samples)
{
    for (int sample = 0; sample < samples; ++sample) {
        shapes[0][sample] = 1;
        shapes[1][sample] = (int16_t)(sample - samples / 2);
    }
}

static uint32_t project(const struct event *event)
{
    uint32_t control = mac_array_control_operation_set(0, MAC_ARRAY_CONTROL_OPERATION_PRODUCTS);
    control = mac_array_control_weight_width_set(control, MAC_ARRAY_CONTROL_WEIGHT_WIDTH_BITS_16);
    control = mac_array_control_vector_width_set(control, MAC_ARRAY_CONTROL_VECTOR_WIDTH_BITS_16);
    control = mac_array_control_output_width_set(control, MAC_ARRAY_CONTROL_OUTPUT_WIDTH_BITS_32);
    struct mac_job job = {
        .weights = shapes,
        .vector = event->sample,
        .output = projections,
        .rows = SHAPES,
        .columns = event->samples,
        .stride = sizeof(shapes[0]),
        .control = mac_array_control_interrupt_enable_set(control, 1),
    };
    mac_start(&job);
    return mac_finish();
}

static uint32_t take(const struct event *event)
{
    static int prepared;
    if (event->samples > SAMPLES || event->channel >= CHANNELS)
        return NO_SUCH_EVENT;
    if (prepared != event->samples)
        prepare_shapes(prepared = event->samples);
    uint32_t error = prepared ? project(event) : 0;
    ++counts[event->channel];
    for (int shape = 0; shape < SHAPES; ++shape)
        sums[event->channel][shape] += projections[shape];
    return error;
}

int main(void)
{
    struct event_ring ring = {.begin = events, .memory_bytes = sizeof(events)};
    uint32_t lines = interrupts_enable_mailbox_set(interrupts_enable_dma_set(0, 1), 1);
    uint32_t error = 0;
    ring_start(&ring);
    interrupts_enable_write(INTERRUPTS, lines);
    enable_lines(LINE_DMA | LINE_MAILBOX);

    for (int ends = 0;;) {
        interrupts_pending_write(INTERRUPTS, 0, lines); /* what comes from here on wakes it up */
        int letter = get_character();
        obey(letter);
        ends |= letter == 'e';
        const struct event *event = ring_oldest(&ring);
        if (event) {
            error |= take(event);
            ring_free(&ring);
        } else if (ends) {
            break;
        } else if (letter < 0) {
            wait_for_interrupt();
        }
    }
    for (int channel = 0; channel < CHANNELS; ++channel)
        if (counts[channel])
            print("channel %d: %u spikes, %d, %d\n", channel, counts[channel], sums[channel][0],
                  sums[channel][1]);
    return (int)error;
}
