#include "preload/os/futex_sleep.h"

#include "preload/os/glibc.h"
#include "preload/os/handler.h"
#include "preload/os/proc_file.h"
#include "record/number.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

bool futex_sleep_call(uint32_t tid, struct kernel_call *call)
{
    char path[64], text[256];
    snprintf(path, sizeof path, "/proc/self/task/%u/syscall", tid);
    if (!proc_file_read(path, text, sizeof text))
        return false;
    *call = kernel_call_read(text);
    return true;
}

/* The call that the thread is in, -1: none. False: the kernel does not say. */
static bool read_call(uint32_t tid, long *number, uint64_t *first)
{
    char path[64], text[256];
    const char *end;
    snprintf(path, sizeof path, "/proc/self/task/%u/syscall", tid);
    if (!proc_file_read(path, text, sizeof text))
        return false;
    *number = (long)number_read(text, &end, 10); /* "running" has none */
    *number = end == text ? -1 : *number;
    *first = number_read(end, NULL, 16);
    return true;
}

enum futex_sleep futex_sleep_on(uint32_t tid, uint64_t address, size_t size)
{
    long number;
    uint64_t futex;
    if (!read_call(tid, &number, &futex))
        return ASLEEP_UNKNOWN;
    if (number != SYS_futex)
        return ASLEEP_NOT;
    return futex >= address && futex - address < size ? ASLEEP_THERE : ASLEEP_ELSEWHERE;
}

enum futex_sleep futex_sleep_in(uint32_t tid, uint16_t kind, uint64_t address, size_t size)
{
    long number;
    uint64_t futex;
    enum futex_sleep asleep = futex_sleep_on(tid, address, size);
    bool there = asleep == ASLEEP_ELSEWHERE && read_call(tid, &number, &futex) && number == SYS_futex &&
                 glibc_waits_at(kind, address, futex);
    return there ? ASLEEP_THERE : asleep;
}

bool futex_sleep_is_cancelled(uint32_t tid)
{
    char path[64], text[2048];
    snprintf(path, sizeof path, "/proc/self/task/%u/status", tid);
    const char *at = proc_file_read(path, text, sizeof text) ? strstr(text, "\nSigPnd:\t") : NULL;
    return at != NULL && (number_read(at + strlen("\nSigPnd:\t"), NULL, 16) & SIGNALS_OF_LIBC) != 0;
}

enum futex_sleep futex_sleep_on_file(uint32_t tid)
{
    long number;
    uint64_t fd;
    if (!read_call(tid, &number, &fd))
        return ASLEEP_UNKNOWN;
    return number == SYS_flock || number == SYS_fcntl ? ASLEEP_THERE : ASLEEP_NOT;
}
