#include "preload/os/proc_file.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

bool proc_file_read(const char *path, char *text, size_t room)
{
    long fd = syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0)
        return false;
    long n = syscall(SYS_read, fd, text, room - 1);
    syscall(SYS_close, fd);
    text[n > 0 ? n : 0] = 0;
    return n > 0;
}
