/* A detection chain around the processor, as rtl/spike_processor.py joins them. */
#ifndef AXOCELL_DETECTION_CHAIN_H
#define AXOCELL_DETECTION_CHAIN_H

#include <stdint.h>

#include "detection_chain_registers.h"
#include "memory_map.h"

/* As the functions of detection_chain_registers.h take it, for whatever is not here. */
#define DETECTION_CHAIN ((volatile void *)OUTSIDE_ADDRESS)

/* Of this chain; DETECTION_CHAIN_CHANNEL_COUNT is that of the default one. */
static inline uint32_t chain_channels(void)
{
    return detection_chain_identification_channels_get(
        detection_chain_identification_read(DETECTION_CHAIN));
}

/* What is detected on a channel: sixteenths of its mean, or a level if the chain is not adaptive.
   Set those of all channels before the chain is started: a table has no values after reset. */
static inline void chain_set_threshold(uint32_t channel, uint32_t threshold)
{
    uint32_t word = detection_chain_channel_enable_set(0, 1);
    detection_chain_channel_write(DETECTION_CHAIN, channel,
                                  detection_chain_channel_threshold_set(word, threshold));
}

/* Nothing is detected on this channel any more. */
static inline void chain_mute(uint32_t channel)
{
    detection_chain_channel_write(DETECTION_CHAIN, channel, 0);
}

/* Samples are taken from now on, or, stopped, no longer once a frame has ended. */
static inline void chain_start(void)
{
    detection_chain_control_write(DETECTION_CHAIN, detection_chain_control_enable_set(0, 1));
}

static inline void chain_stop(void) { detection_chain_control_write(DETECTION_CHAIN, 0); }

/* Frames that were filtered, spikes that were found, and those of them that no event tells. */
static inline uint32_t chain_frames(void)
{
    return detection_chain_frames_read(DETECTION_CHAIN);
}

static inline uint32_t chain_detected(void)
{
    return detection_chain_events_detected_read(DETECTION_CHAIN);
}

static inline uint32_t chain_lost(void)
{
    return detection_chain_events_lost_read(DETECTION_CHAIN);
}

#endif
