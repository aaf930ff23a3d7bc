/* Events in ring 0 of the DMA, as rtl/event_packer.py makes them: all of the same size. */
#ifndef AXOCELL_EVENT_RING_H
#define AXOCELL_EVENT_RING_H

#include <stdint.h>

#include "dma_registers.h"
#include "processor.h"

#define RING_ALIGNED __attribute__((aligned(16))) /* so that the MAC array can read samples in it */
#define RING_UNUSABLE 120 /* exit code: its memory has no room for two events, or these are none */

struct event {
    uint32_t time; /* of the peak, in frames */
    uint16_t channel, samples;
    uint32_t zeros[2];
    int16_t sample[]; /* `samples` of them */
};

struct event_ring {
    const uint8_t *begin;
    uint32_t memory_bytes;
    uint32_t event_bytes; /* as the first event says; 0 before */
    uint32_t bytes;       /* a whole number of events, one more than it holds */
    uint32_t read;        /* offset of the oldest event */
};

/* From now on events come into the ring; while it is full their stream waits. At first the ring
   holds the head of an event, which says how large events are. */
static inline void ring_start(struct event_ring *ring)
{
    ring->event_bytes = ring->read = 0;
    ring->bytes = sizeof(struct event) + sizeof(uint32_t);
    dma_ring_0_control_write(DMA, 0);
    dma_ring_0_base_write(DMA, (uint32_t)(uintptr_t)ring->begin);
    dma_ring_0_size_write(DMA, ring->bytes);
    dma_ring_0_read_write(DMA, 0);
    dma_ring_0_threshold_write(DMA, sizeof(struct event));
    dma_ring_0_control_write(
        DMA, dma_ring_0_control_waits_set(dma_ring_0_control_enable_set(0, 1), 1));
}

/* The head of the first event is there: as many events as its memory holds are the ring's size. */
static inline void ring_grow(struct event_ring *ring)
{
    uint32_t samples = ((const struct event *)ring->begin)->samples;
    uint32_t event_bytes = sizeof(struct event) + samples * sizeof(int16_t);
    uint32_t events = ring->memory_bytes / event_bytes;
    if (samples % 8 || events < 2)
        exit_program(RING_UNUSABLE);
    ring->event_bytes = event_bytes;
    ring->bytes = events * event_bytes;
    dma_ring_0_size_write(DMA, ring->bytes);
    dma_ring_0_threshold_write(DMA, event_bytes);
}

/* The oldest event, which stays where it is until it is freed; 0 if there is none. */
static inline const struct event *ring_oldest(struct event_ring *ring)
{
    uint32_t written = dma_ring_0_write_read(DMA);
    uint32_t waiting = written - ring->read + (written < ring->read ? ring->bytes : 0);
    __asm__ volatile("" ::: "memory"); /* what was written is read from now on */
    if (!ring->event_bytes && waiting >= sizeof(struct event))
        ring_grow(ring);
    return !ring->event_bytes || waiting < ring->event_bytes
               ? 0
               : (const struct event *)(ring->begin + ring->read);
}

/* Makes room: the oldest event is no longer needed. */
static inline void ring_free(struct event_ring *ring)
{
    __asm__ volatile("" ::: "memory"); /* it has been read */
    ring->read += ring->event_bytes;
    if (ring->read == ring->bytes)
        ring->read = 0;
    dma_ring_0_read_write(DMA, ring->read);
}

#endif
