#include "preload/os/futex_sleep.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

/* By system calls alone: libc's open and read are cancellation points. */
static bool read_proc(const char *path, char *text, size_t room)
{
    long fd = syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0)
        return false;
    long n = syscall(SYS_read, fd, text, room - 1);
    syscall(SYS_close, fd);
    text[n > 0 ? n : 0] = 0;
    return n > 0;
}

enum futex_sleep futex_sleep_on(uint32_t tid, uint64_t address, size_t size)
{
    char path[64], text[256], *end;
    snprintf(path, sizeof path, "/proc/self/task/%u/syscall", tid);
    if (!read_proc(path, text, sizeof text))
        return ASLEEP_UNKNOWN;
    long number = strtol(text, &end, 10); /* "running" has none */
    if (end == text || number != SYS_futex)
        return ASLEEP_NOT;
    uint64_t futex = strtoull(end, NULL, 16);
    return futex >= address && futex - address < size ? ASLEEP_THERE : ASLEEP_ELSEWHERE;
}
