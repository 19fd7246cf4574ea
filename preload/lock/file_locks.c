#include "preload/lock/file_locks.h"

#include "preload/lock/lock.h"
#include "preload/os/fork_zeroed.h"
#include "preload/os/proc_file.h"
#include "preload/os/raw_lock.h"
#include "preload/os/self.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct file_lock {
    uint64_t address; /* 0: free */
    uint32_t thread;
    int fd;
};

/* Under the raw lock. The newest takes the place of the oldest. */
enum { FILE_LOCKS = 64 };
static struct file_lock locks[FILE_LOCKS] FORK_ZEROED;
static uint32_t added FORK_ZEROED;

/* Bit 62 is set in no address. */
uint64_t file_locks_address(int fd, enum file_lock_type type)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return 0;
    uint64_t mixed = ((uint64_t)st.st_ino * 2 + type) * 0x9E3779B97F4A7C15u ^ (uint64_t)st.st_dev * 0xC2B2AE3D27D4EB4Fu;
    return 1ull << 62 | mixed >> 6 << 4;
}

void file_locks_name(uint64_t address, int fd)
{
    char link[32], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0)
        return;
    path[length] = 0;
    lock_name(address, path);
}

static void forget(uint64_t address, int fd, bool all)
{
    for (struct file_lock *l = locks; l < locks + FILE_LOCKS; l++)
        if (l->address == address && (all || l->fd == fd))
            l->address = 0;
}

void file_locks_acquired(uint64_t address, int fd, bool shared)
{
    struct signals_saved saved = raw_lock_acquire();
    forget(address, fd, !shared);
    locks[added++ % FILE_LOCKS] = (struct file_lock){.address = address, .thread = self.id, .fd = fd};
    raw_lock_release(saved);
}

void file_locks_released(uint64_t address, int fd)
{
    struct signals_saved saved = raw_lock_acquire();
    forget(address, fd, false);
    raw_lock_release(saved);
}

/* Whether the descriptor is still there, and its open file has a lock. */
static bool is_locked(int fd)
{
    char path[40], text[2048];
    snprintf(path, sizeof path, "/proc/self/fdinfo/%d", fd);
    return proc_file_read(path, text, sizeof text) && strstr(text, "FLOCK") != NULL;
}

uint32_t file_locks_owner(uint64_t address)
{
    struct file_lock found = {0};
    int error = errno;
    unsigned count = 0;
    struct signals_saved saved = raw_lock_acquire();
    for (const struct file_lock *l = locks; l < locks + FILE_LOCKS; l++)
        if (l->address == address) {
            found = *l;
            count++;
        }
    raw_lock_release(saved);
    bool sure = count == 1 && file_locks_address(found.fd, FILE_LOCK_WHOLE) == address && is_locked(found.fd);
    errno = error;
    return sure ? found.thread : 0;
}
