#include "preload/store/suppression.h"

#include "detect/pattern.h"
#include "preload/os/loader.h"
#include "preload/os/log.h"
#include "preload/os/options.h"
#include "preload/store/store.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct patterns patterns;
static char path[PATH_MAX]; /* "": there is no such file */

/* --- reading --- */

static void say_bad(void *said, unsigned line, const char *reason)
{
    enum { SAID_MAX = 10 };
    unsigned *count = said;
    if ((*count)++ < SAID_MAX)
        log_line("%s:%u: %s, ignored", path, line, reason);
}

/* The whole of it, in memory of our own: it may change while we run. An error number, or 0. */
static int read_all(int fd)
{
    enum { LARGEST = 16 << 20 };
    struct stat st;
    if (fstat(fd, &st) != 0)
        return errno;
    if (!S_ISREG(st.st_mode))
        return S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
    if (st.st_size == 0)
        return 0;
    if (st.st_size > LARGEST)
        return EFBIG;
    size_t room = (size_t)st.st_size;
    char *text = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (text == MAP_FAILED)
        return errno;
    long n;
    while (patterns.size < room && (n = syscall(SYS_read, fd, text + patterns.size, room - patterns.size)) > 0)
        patterns.size += (size_t)n;
    patterns.text = text;
    return 0;
}

void suppression_read(void)
{
    unsigned said = 0;
    path[0] = 0;
    patterns = (struct patterns){NULL, 0};
    long fd = syscall(SYS_openat, AT_FDCWD, options.suppressions, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    int error = fd < 0 ? errno : read_all((int)fd);
    if (fd >= 0)
        syscall(SYS_close, fd);
    if (error != 0) {
        log_line("option suppressions: %s: %s, ignored", options.suppressions, strerror(error));
        return;
    }
    if (realpath(options.suppressions, path) == NULL)
        memcpy(path, options.suppressions, sizeof options.suppressions);
    patterns_check(&patterns, say_bad, &said);
}

void suppression_note(void)
{
    if (path[0] != 0)
        ours.header->suppressions = record_add_text(&ours, path, strlen(path));
}

bool suppression_any(void)
{
    return path[0] != 0;
}

/* --- names --- */

/* The frames of libc at the outer end start every thread, and main. */
static bool stack(const struct patterns_world *w, enum finding_kind kind, const uint64_t *frames, uint32_t depth)
{
    Dl_info info, libc;
    bool inside = false;
    if (loader_name(real_address(&real._exit), &libc) == 0)
        return false;
    for (uint32_t i = depth; i-- > 0;) {
        if (loader_name((void *)(uintptr_t)(frames[i] - 1), &info) == 0)
            continue;
        inside |= info.dli_fbase != libc.dli_fbase && (info.dli_sname == NULL || strcmp(info.dli_sname, "_start") != 0);
        if (inside && (patterns_match(w->patterns, kind, info.dli_sname) ||
                       patterns_match_file(w->patterns, kind, info.dli_fname)))
            return true;
    }
    return false;
}

static const char *lock(const struct patterns_world *w, uint32_t id)
{
    Dl_info info;
    const struct lock *l = record_lock(w->record, id);
    if (l->name != 0)
        return record_text(w->record, l->name);
    return loader_name((void *)(uintptr_t)l->address, &info) != 0 ? info.dli_sname : NULL;
}

bool suppression_covers(const struct finding *f)
{
    const struct patterns_world world = {.record = &ours, .patterns = &patterns, .stack = stack, .lock = lock};
    return patterns_cover(&world, f);
}
