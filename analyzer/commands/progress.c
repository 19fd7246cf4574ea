#include "analyzer/commands/progress.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static uint64_t milliseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static bool shown;

void progress(unsigned done, unsigned count)
{
    enum { PATIENCE = 1000, PAUSE = 200 };
    static uint64_t due;
    uint64_t now = milliseconds();
    if (done == 0)
        due = now + PATIENCE;
    if (now < due || isatty(STDERR_FILENO) == 0 || isatty(STDOUT_FILENO) != 0)
        return;
    fprintf(stderr, "\r%u of %u records read", done, count);
    fflush(stderr);
    shown = true;
    due = now + PAUSE;
}

void progress_over(void)
{
    if (shown)
        fputs("\r\033[K", stderr);
    shown = false;
}
