/*
 * The clock of a redis-server under test. Preloaded, it replaces the server's wall clock by a
 * number in a file that the test writes, in microseconds of Unix time. A key then expires in the
 * millisecond that the test chooses, without a sleep. The server's internal timers are monotonic
 * and continue to run.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>

static const volatile int64_t *now_us;

__attribute__((constructor)) static void open_clock(void) {
    const char *path = getenv("PARITY_CLOCK");
    int file = path ? open(path, O_RDONLY) : -1;
    void *page = mmap(NULL, sizeof *now_us, PROT_READ, MAP_SHARED, file, 0);
    if (page == MAP_FAILED)
        abort();
    now_us = page;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone) {
    (void)zone;
    int64_t now = *now_us;
    time->tv_sec = now / 1000000;
    time->tv_usec = now % 1000000;
    return 0;
}
