#include "preload/store/store.h"

#include "preload/os/clock.h"
#include "preload/os/log.h"
#include "preload/os/options.h"
#include "preload/os/unwatched.h"
#include "record/number.h"
#include "record/path.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

struct record ours SMALL;

static struct {
    char path[PATH_MAX]; /* "": anonymous memory */
    dev_t device;
    ino_t inode;
    uint64_t size;
    struct {
        void *start;
        size_t size;
    } mapped[TABLE_COUNT * RECORD_SEGMENTS + 1];
    unsigned mappings;
} file;

/* Libc's close, like its open, is a cancellation point; no cancellation may come in here, the raw lock sees to that. */
static void close_quietly(int fd)
{
    syscall(SYS_close, fd);
}

/* Pages may be larger than those by which the record counts. */
static size_t whole_pages(size_t size)
{
    size_t page = getauxval(AT_PAGESZ);
    return (size + page - 1) / page * page;
}

static void *remember(void *start, size_t size)
{
    if (start == MAP_FAILED)
        return NULL;
    file.mapped[file.mappings].start = start;
    file.mapped[file.mappings++].size = size;
    return start;
}

/* Writes zeros, in one call. */
static bool fill(int fd, uint64_t offset, size_t size)
{
    enum { PAGES = 64 };
    static const char zero[4096];
    struct iovec all[PAGES];
    for (int i = 0; i < PAGES; i++)
        all[i] = (struct iovec){(void *)(uintptr_t)zero, sizeof zero};
    for (size_t done = 0, now; done < size; done += now) {
        now = size - done < PAGES * sizeof zero ? size - done : PAGES * sizeof zero;
        if (pwritev(fd, all, (int)(now / sizeof zero), (off_t)(offset + done)) != (ssize_t)now)
            return false;
    }
    return true;
}

/*
 * Claim the bytes. Few of them are written, as most files are removed soon, without findings: then no place on the disk
 * is sought for them, which with ext4 takes 40 µs instead of 150. Nor can all file systems do it without writing.
 */
static bool claim(int fd, uint64_t offset, size_t size)
{
    enum { FEW = 256 * 1024 };
    if (size > FEW && fallocate(fd, 0, (off_t)offset, (off_t)size) == 0)
        return true;
    return (size <= FEW || errno == EOPNOTSUPP || errno == ENOSYS) && fill(fd, offset, size);
}

/* Growing beyond RLIMIT_FSIZE would raise SIGXFSZ. */
static bool within_limit(uint64_t size)
{
    struct rlimit limit;
    return getrlimit(RLIMIT_FSIZE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY || size <= limit.rlim_cur;
}

/* Of a large segment one piece after the other, when it comes to that; the rest of it is a hole. */
static void *more_file(int fd, size_t size, uint64_t *offset)
{
    *offset = file.size;
    if (!within_limit(file.size + size) || !claim(fd, file.size, size < RECORD_PIECE ? size : RECORD_PIECE) ||
        (size > RECORD_PIECE && ftruncate(fd, (off_t)(file.size + size)) != 0))
        return NULL;
    void *memory = remember(mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)file.size), size);
    if (memory != NULL)
        file.size += size;
    return memory;
}

/* Whether it runs as somebody else than when it began, and so may not do what it could. */
static bool has_given_up_rights(void)
{
    return geteuid() != getauxval(AT_EUID) || getegid() != getauxval(AT_EGID);
}

static enum record_incomplete reason_of(int error)
{
    if (error == EMFILE || error == ENFILE)
        return INCOMPLETE_DESCRIPTORS;
    return (error == EACCES || error == EPERM) && has_given_up_rights() ? INCOMPLETE_RIGHTS : INCOMPLETE_FILE;
}

/* A piece of the file that is to be claimed, at `offset`; or, where there is none yet, a new one. */
struct growth {
    size_t size;
    uint64_t offset;
    void *memory;               /* what there is of it, NULL: nothing */
    enum record_incomplete why; /* of nothing */
};

static int grow(void *growth)
{
    struct growth *g = growth;
    struct stat st;
    int fd = open(file.path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    bool same = fd >= 0 && fstat(fd, &st) == 0 && st.st_dev == file.device && st.st_ino == file.inode;
    g->why = same ? INCOMPLETE_SPACE : fd < 0 ? reason_of(errno) : INCOMPLETE_FILE;
    if (same && g->offset == 0)
        g->memory = more_file(fd, g->size, &g->offset);
    else if (same && claim(fd, g->offset, g->size))
        g->memory = file.path;
    if (fd >= 0)
        close_quietly(fd);
    return 0;
}

static int grow_and_end(void *growth)
{
    syscall(SYS_close, 0);
    grow(growth);
    syscall(SYS_exit, 0);
    return 0;
}

/*
 * The program has used up its descriptors: a process that shares our memory, but not these, has one to spare. It ends
 * before clone returns, and no wait of the program's is for it, as it has no exit signal.
 */
static void grow_elsewhere(struct growth *g)
{
    static _Alignas(16) char stack[16 * 1024];
    int pid = clone(grow_and_end, stack + sizeof stack, CLONE_VM | CLONE_VFORK, g);
    while (pid > 0 && syscall(SYS_wait4, pid, NULL, __WALL, NULL) < 0 && errno == EINTR)
        continue;
}

static void grow_file(struct growth *g)
{
    uint64_t offset = g->offset;
    grow(g);
    if (g->memory == NULL && g->why == INCOMPLETE_DESCRIPTORS) {
        g->offset = offset;
        grow_elsewhere(g);
    }
}

static void say_incomplete(enum record_incomplete why)
{
    const char *reason = why == INCOMPLETE_SPACE         ? "no more room"
                         : why == INCOMPLETE_DESCRIPTORS ? strerror(EMFILE)
                                                         : "the record is gone";
    if (record_mark_incomplete(&ours, why) && why != INCOMPLETE_RIGHTS)
        log_line("%s: %s: what comes now is watched, but not recorded", file.path, reason);
}

/* What the file has no room for is memory of its own; who reads the file finds a hole there. */
static bool more_of_segment(void *context, char *piece, size_t size, uint64_t offset)
{
    struct growth g = {.size = size, .offset = offset};
    (void)context;
    if (offset == 0)
        return true;
    grow_file(&g);
    if (g.memory != NULL)
        return true;
    say_incomplete(g.why);
    return mmap(piece, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != MAP_FAILED;
}

/*
 * Once the file cannot grow any more, what comes stays in memory: good for the live report, lost to the record. Offset
 * 0 tells a reader that the table ends here.
 */
static void *more(void *context, size_t size, uint64_t *offset)
{
    /* Where there is no memory either, each new lock and order would ask again: fewer and fewer of them do. */
    enum { SKIPPED_MOST = 1023 };
    static unsigned skips, left; /* under the raw lock */
    size = whole_pages(size);
    struct growth g = {.size = size};
    (void)context;
    if (left > 0) {
        left--;
        return NULL;
    }
    if (file.mappings >= sizeof file.mapped / sizeof file.mapped[0])
        return NULL;
    if (file.path[0] != 0)
        grow_file(&g);
    *offset = g.offset;
    if (g.memory != NULL)
        return g.memory;
    if (file.path[0] != 0 && ours.header == NULL) {
        log_line("%s: no room for it (%s): watching without a record", file.path, strerror(errno));
        unlink(file.path);
        file.path[0] = 0;
    } else if (file.path[0] != 0)
        say_incomplete(g.why);
    *offset = 0;
    void *memory = remember(mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), size);
    skips = memory != NULL ? 0 : skips < SKIPPED_MOST ? 2 * skips + 1 : SKIPPED_MOST;
    left = skips;
    return memory;
}

/* --- the folder and the name --- */

/* It is mostly there. */
static bool make_folders(const char *path)
{
    char part[PATH_MAX];
    size_t size = strlen(path) + 1;
    if (size > sizeof part)
        return false;
    if (mkdir(path, 0700) == 0 || errno == EEXIST)
        return true;
    memcpy(part, path, size);
    for (char *slash = part + 1; (slash = strchr(slash, '/')) != NULL; slash++) {
        *slash = 0;
        mkdir(part, 0700);
        *slash = '/';
    }
    return mkdir(part, 0700) == 0 || errno == EEXIST;
}

/* A folder that others can write to, or that is not ours, could be a trap: anybody can make one in /tmp. */
static bool is_private(const char *path)
{
    struct stat st;
    return lstat(path, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == geteuid() && (st.st_mode & 022) == 0;
}

static bool find_folder(char *folder, size_t room)
{
    if (options.dir[0] != 0) {
        snprintf(folder, room, "%s", options.dir);
        return make_folders(folder);
    }
    if (options.runtime[0] != 0 && snprintf(folder, room, "%s/lockwatch", options.runtime) < (int)room &&
        (is_private(folder) || (mkdir(folder, 0700) == 0 && is_private(folder))))
        return true;
    snprintf(folder, room, "/tmp/lockwatch-%u", (unsigned)geteuid());
    if (is_private(folder))
        return true;
    if (mkdir(folder, 0700) != 0 && errno != EEXIST)
        return false;
    errno = EACCES;
    return is_private(folder);
}

/*
 * Whether the folder, or what hides it, is another user's: the options then come from a process with other rights,
 * which gave them up before it executed this program. That is no mistake of anybody's. errno stays.
 */
static bool is_of_another(const char *path)
{
    char part[PATH_MAX];
    struct stat st;
    int error = errno;
    snprintf(part, sizeof part, "%s", path);
    while (stat(part, &st) != 0) {
        bool hidden = errno == EACCES;
        char *slash = strrchr(part, '/');
        errno = error;
        if (!hidden || slash == NULL || slash == part)
            return false;
        *slash = 0;
    }
    errno = error;
    return S_ISDIR(st.st_mode) && st.st_uid != geteuid();
}

/* As it was given to execve, from the folder that we are in. */
static void without_proc(char *path)
{
    size_t size = 0;
    const char *given = (const char *)getauxval(AT_EXECFN);
    path[0] = 0;
    if (given == NULL)
        return;
    if (given[0] != '/' && getcwd(path, PATH_MAX / 2) != NULL) {
        size = strlen(path);
        path[size++] = '/';
    }
    strncpy(path + size, given, PATH_MAX - 1 - size);
}

const char *store_executable(void)
{
    static char path[PATH_MAX]; /* stays 0 behind what readlink writes */
    if (path[0] == 0 && readlink("/proc/self/exe", path, sizeof path - 1) < 0)
        without_proc(path);
    return path;
}

/*
 * EXE.PID.lockwatch, or EXE.PID.N.lockwatch when that is taken. Where pids are small and come again, as in a namespace
 * of their own, very many may be: then N is a number that hardly anybody has.
 */
static int create(const char *folder)
{
    enum { IN_ORDER = 100, TRIES = 200 };
    const char *exe = store_executable();
    const char *name = exe[0] != 0 ? path_base(exe) : "unknown";
    for (uint64_t i = 0; i < TRIES; i++) {
        char count[32] = "";
        if (i > 0)
            snprintf(count, sizeof count, ".%llu", (unsigned long long)(i < IN_ORDER ? i : clock_now() / 1000));
        int size = snprintf(file.path, sizeof file.path, "%s/%.200s.%d%s.lockwatch", folder, name, getpid(), count);
        if (size >= (int)sizeof file.path)
            return -1;
        int fd = open(file.path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd >= 0 || errno != EEXIST)
            return fd;
    }
    return -1;
}

/* A relative path would be another file after chdir. */
static void make_absolute(void)
{
    char whole[PATH_MAX];
    if (file.path[0] != '/' && realpath(file.path, whole) != NULL)
        memcpy(file.path, whole, strlen(whole) + 1);
}

static bool create_file(void)
{
    char folder[PATH_MAX - 300];
    struct stat st;
    int fd = find_folder(folder, sizeof folder) ? create(folder) : -1;
    if (fd < 0 && (reason_of(errno) == INCOMPLETE_RIGHTS || (errno == EACCES && is_of_another(options.dir))))
        unwatched_note(NULL, "its user may not write the record");
    else if (fd < 0)
        log_line("%s: %s: watching without a record", folder, strerror(errno));
    if (fd < 0)
        return false;
    make_absolute();
    bool good = fstat(fd, &st) == 0;
    close_quietly(fd);
    file.device = st.st_dev;
    file.inode = st.st_ino;
    return good;
}

/* --- the record --- */

static uint64_t process_start(void)
{
    char text[1024];
    int fd = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    ssize_t n = read(fd, text, sizeof text - 1);
    close_quietly(fd);
    text[n > 0 ? n : 0] = 0;
    char *at = strrchr(text, ')'); /* behind the name, which may have spaces in it, comes field 3 */
    for (int field = 2; at != NULL && field < 22; field++)
        at = strchr(at + 1, ' ');
    return at != NULL ? number_read(at + 1, NULL, 10) : 0;
}

static uint32_t add_text(const char *text)
{
    return text[0] == 0 ? 0 : record_add_text(&ours, text, strlen(text));
}

static void describe_process(void)
{
    struct record_header *h = ours.header;
    char text[4096];
    struct utsname machine;
    h->pid = (uint32_t)getpid();
    h->started = clock_now();
    h->clock_offset = clock_offset();
    h->process_start = process_start();
    h->executable = add_text(store_executable());
    h->label = add_text(options.label);
    if (uname(&machine) == 0)
        h->host = add_text(machine.nodename);
    if (getcwd(text, sizeof text) != NULL && text[0] == '/') /* else it is outside of our root */
        h->folder = add_text(text);
    int fd = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    ssize_t n = read(fd, text, sizeof text - 1);
    close_quietly(fd);
    if (n <= 0)
        return;
    if (text[n - 1] != 0)
        text[n++] = 0; /* a very long command line was cut */
    h->arguments = record_add_text(&ours, text, (size_t)n - 1);
    for (ssize_t i = 0; i < n && h->arguments != 0; i++)
        h->argument_count += text[i] == 0;
}

bool store_begin(void)
{
    const struct record_space space = {.more = more, .claim = more_of_segment};
    if (!create_file())
        file.path[0] = 0;
    if (!record_begin(&ours, space))
        return false;
    describe_process();
    return true;
}

const char *store_path(void)
{
    return file.path[0] != 0 ? file.path : NULL;
}

void store_end(bool findings)
{
    bool keep = options.keep == KEEP_ALWAYS || (options.keep == KEEP_AUTO && findings);
    if (!keep && file.path[0] != 0)
        unlink(file.path);
}

void store_leave(void)
{
    ours.header = NULL;
    memset(ours.limit, 0, sizeof ours.limit);
    for (unsigned i = 0; i < file.mappings; i++)
        if (mmap(file.mapped[i].start, file.mapped[i].size, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) == MAP_FAILED)
            munmap(file.mapped[i].start, file.mapped[i].size);
    file.path[0] = 0;
    file.size = file.mappings = 0;
}

void store_copy(void)
{
    for (unsigned i = 0; i < file.mappings; i++) {
        void *start = file.mapped[i].start;
        size_t size = file.mapped[i].size;
        void *copy = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (copy == MAP_FAILED)
            continue;
        memcpy(copy, start, size);
        mremap(copy, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, start);
    }
    file.path[0] = 0;
}
