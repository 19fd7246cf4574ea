#include "preload/os/glibc.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The kernel looks at the new mask before it finds that it has no such thing to do with one. */
bool glibc_is_readable(uint64_t address)
{
    enum { NOTHING = -1, MASK = 8 };
    int error = errno;
    syscall(SYS_rt_sigprocmask, NOTHING, address / MASK * MASK, NULL, MASK);
    bool readable = errno != EFAULT;
    errno = error;
    return readable;
}

/*
 * A page that was written to is the process's own, or else shared: bit 61 (Documentation/admin-guide/mm/pagemap.rst).
 * A look makes it present, as page tables of shared memory do not come along in a fork (copy_page_range).
 */
/* What /proc/self/pagemap says of the page; 0: cannot be said, or it is not there. */
static uint64_t page_at(uint64_t address)
{
    enum { PRESENT = 63 };
    uint64_t page = 0, size = getauxval(AT_PAGESZ);
    int error = errno;
    if (!glibc_is_readable(address))
        return 0;
    (void)*(const volatile char *)(uintptr_t)address;
    long fd = syscall(SYS_openat, AT_FDCWD, "/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        if (syscall(SYS_pread64, fd, &page, sizeof page, address / size * sizeof page) != sizeof page)
            page = 0;
        syscall(SYS_close, fd);
    }
    errno = error;
    return (page >> PRESENT & 1) != 0 ? page : 0;
}

enum glibc_memory glibc_memory_at(uint64_t address)
{
    enum { FILE_OR_SHARED = 61 };
    uint64_t page = page_at(address);
    return page == 0 ? MEMORY_UNKNOWN : (page >> FILE_OR_SHARED & 1) != 0 ? MEMORY_SHARED : MEMORY_OWN;
}

bool glibc_is_memory_of_one(uint64_t address)
{
    enum { EXCLUSIVE = 56 };
    return (page_at(address) >> EXCLUSIVE & 1) != 0;
}

bool glibc_is_in_shared_memory(uint64_t address)
{
    return glibc_memory_at(address) == MEMORY_SHARED;
}
