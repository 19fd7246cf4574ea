#include "analyzer/output_file.h"

#include "analyzer/liveness.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- what is half written when a signal ends us --- */

static const char *volatile unfinished;
static const int deadly[] = {SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGALRM, SIGTERM, SIGXCPU};

static void remove_unfinished(int number)
{
    const char *path = unfinished;
    if (path != NULL)
        unlink(path);
    signal(number, SIG_DFL);
    raise(number); /* when this handler has returned */
}

static void catch_signals(void)
{
    struct sigaction action = {.sa_handler = remove_unfinished}, before;
    sigfillset(&action.sa_mask);
    for (size_t i = 0; i < sizeof deadly / sizeof *deadly; i++)
        if (sigaction(deadly[i], NULL, &before) == 0 && before.sa_handler == SIG_DFL)
            sigaction(deadly[i], &action, NULL);
    signal(SIGXFSZ, SIG_IGN); /* a limit of the size of files is an error like a full disk */
}

/* --- where it goes --- */

/* A descriptor of ours that is open for writing on this file; -1 when there is none. */
static int inherited(const struct stat *file)
{
    enum { MOST = 256 };
    struct stat st;
    for (int fd = STDOUT_FILENO; fd < MOST; fd++) {
        int flags = fcntl(fd, F_GETFL);
        if (flags >= 0 && (flags & O_ACCMODE) != O_RDONLY && fstat(fd, &st) == 0 && st.st_dev == file->st_dev &&
            st.st_ino == file->st_ino)
            return fd;
    }
    return -1;
}

/* Whether a file is the record of a running process. */
static bool is_live(const char *path)
{
    static _Alignas(struct record_header) char header[RECORD_HEADER_SIZE];
    struct record r = {.header = (struct record_header *)header};
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return false;
    ssize_t size = pread(fd, header, sizeof header, 0);
    close(fd);
    return size == (ssize_t)sizeof header && memcmp(r.header->magic, RECORD_MAGIC, sizeof r.header->magic) == 0 &&
           liveness_runs(&r);
}

static const char *open_in_place(struct output_file *t, const char *path, int fd)
{
    fd = fd >= 0 ? fcntl(fd, F_DUPFD_CLOEXEC, 0) : open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
    if (fd >= 0 && (t->stream = fdopen(fd, "w")) != NULL)
        return NULL;
    int error = errno;
    if (fd >= 0)
        close(fd);
    return strerror(error);
}

static int make_temporary(struct output_file *t, mode_t mode)
{
    enum { TRIES = 100 };
    int folder = (int)(strrchr(t->final, '/') + 1 - t->final), fd = -1;
    for (int i = 0; fd < 0 && i < TRIES; i++) {
        snprintf(t->temporary, sizeof t->temporary, "%.*s.lockwatch-%d-%d", folder, t->final, (int)getpid(), i);
        fd = open(t->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
        if (fd < 0 && errno != EEXIST)
            break;
    }
    return fd;
}

/* `old`: the file that it takes the place of, or NULL. */
static const char *open_beside(struct output_file *t, mode_t mode, const struct stat *old)
{
    sigset_t all, before;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before); /* no signal finds a file that it does not know of */
    int fd = make_temporary(t, mode), error = errno;
    if (fd >= 0) {
        unfinished = t->temporary;
        catch_signals();
    }
    sigprocmask(SIG_SETMASK, &before, NULL);
    if (fd < 0) {
        t->temporary[0] = 0;
        return strerror(error);
    }
    if (old != NULL && fchown(fd, old->st_uid, old->st_gid) != 0)
        errno = 0; /* then it is ours from now on */
    if ((old == NULL || fchmod(fd, old->st_mode & 0777) == 0) && (t->stream = fdopen(fd, "w")) != NULL)
        return NULL;
    error = errno;
    close(fd);
    output_file_drop(t);
    return strerror(error);
}

/* Of a file that is not there yet: its folder by its true name, so that a link in the way may change meanwhile. */
static bool name_new(struct output_file *t, const char *path)
{
    char folder[PATH_MAX];
    struct stat st;
    const char *slash = strrchr(path, '/'), *name = slash == NULL ? path : slash + 1;
    errno = ENOENT;
    if (lstat(path, &st) == 0 || name[0] == 0)
        return false; /* a link that leads nowhere */
    errno = ENAMETOOLONG;
    if (snprintf(folder, sizeof folder, "%.*s", slash == NULL ? 1 : (int)(slash + 1 - path),
                 slash == NULL ? "." : path) >= (int)sizeof folder ||
        realpath(folder, t->final) == NULL)
        return false;
    size_t size = strlen(t->final);
    return snprintf(t->final + size, sizeof t->final - size, "%s%s", t->final[size - 1] == '/' ? "" : "/", name) <
           (int)(sizeof t->final - size);
}

const char *output_file_open(struct output_file *t, const char *path, mode_t mode)
{
    struct stat st;
    *t = (struct output_file){.stream = NULL};
    if (stat(path, &st) != 0)
        return errno == ENOENT && name_new(t, path) ? open_beside(t, mode, NULL) : strerror(errno);
    if (S_ISDIR(st.st_mode))
        return strerror(EISDIR);
    int fd = inherited(&st);
    if (!S_ISREG(st.st_mode) || fd >= 0)
        return open_in_place(t, path, fd);
    if (is_live(path))
        return "it is the record of a process that runs";
    if (access(path, W_OK) != 0 || realpath(path, t->final) == NULL)
        return strerror(errno);
    return open_beside(t, mode, &st);
}

/* --- the end --- */

void output_file_write(void *target, const char *text, size_t size)
{
    struct output_file *t = target;
    if (t->error == 0 && fwrite(text, 1, size, t->stream) != size)
        t->error = errno;
}

static void forget_unfinished(struct output_file *t)
{
    unfinished = NULL;
    t->temporary[0] = 0;
}

const char *output_file_keep(struct output_file *t)
{
    int error = t->error;
    if (fclose(t->stream) != 0 && error == 0)
        error = errno;
    t->stream = NULL;
    if (error == 0 && t->temporary[0] != 0 && rename(t->temporary, t->final) != 0)
        error = errno;
    if (error != 0)
        output_file_drop(t);
    forget_unfinished(t);
    return error == 0 ? NULL : strerror(error);
}

void output_file_drop(struct output_file *t)
{
    if (t->stream != NULL)
        fclose(t->stream);
    t->stream = NULL;
    if (t->temporary[0] != 0)
        unlink(t->temporary);
    forget_unfinished(t);
}

bool output_file_is(const char *path, const char *other)
{
    struct stat one, two;
    return (path == NULL ? fstat(STDOUT_FILENO, &one) : stat(path, &one)) == 0 && stat(other, &two) == 0 &&
           S_ISREG(one.st_mode) && one.st_dev == two.st_dev && one.st_ino == two.st_ino;
}
