#include "coremark.h"
#include "processor.h"

#ifndef CLOCK_HZ
#define CLOCK_HZ 25000000u
#endif
#ifndef ITERATIONS
#define ITERATIONS 0 /* as many as take ten seconds */
#endif

/* The seeds of a performance run, as CoreMark's documentation has them; validation has others. */
#if VALIDATION_RUN
#define SEED_1 0x3415
#define SEED_2 0x3415
#else
#define SEED_1 0
#define SEED_2 0
#endif
volatile ee_s32 seed1_volatile = SEED_1;
volatile ee_s32 seed2_volatile = SEED_2;
volatile ee_s32 seed3_volatile = 0x66;
volatile ee_s32 seed4_volatile = ITERATIONS;
volatile ee_s32 seed5_volatile = 0;

ee_u32 default_num_contexts = 1;

static CORE_TICKS started, stopped;

void start_time(void) { started = cycles_now(); }
void stop_time(void) { stopped = cycles_now(); }
CORE_TICKS get_time(void) { return stopped - started; }
secs_ret time_in_secs(CORE_TICKS ticks) { return ticks / CLOCK_HZ; }

void portable_init(core_portable *port, int *argc, char *argv[])
{
    (void)argc;
    (void)argv;
    port->portable_id = 1;
}

void portable_fini(core_portable *port) { port->portable_id = 0; }
