/*
 * Calls that execute another program, in this process or in a new one. Under `lockwatch run` the program is examined
 * first, and recorded if it cannot be watched. Within glibc none of these calls another by its dynamic name, so each is
 * intercepted. system and popen execute the shell.
 *
 * The child of a vfork shares all memory with its parent, and a signal handler may have interrupted anything: so system
 * calls and the stack only.
 */
#include "preload/os/options.h"
#include "preload/os/sandbox.h"
#include "preload/os/self.h"
#include "preload/os/unwatched.h"
#include "program/preloadable.h"

#include <elf.h>
#include <fcntl.h>
#include <limits.h>
#include <paths.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static inline bool is_asked(void)
{
    return unlikely(options.unwatched[0] != 0) && !sandbox_entered();
}

/* --- a program with the other C library, or an older one --- */

/* The entry by which this library is preloaded. */
struct preload {
    size_t at, entries;
    const char *value, *path, *own; /* "LD_PRELOAD=...", and in it the path of this library and the name of its file */
};

static __attribute__((noinline)) bool find_preload(char *const *environment, struct preload *p)
{
    *p = (struct preload){0};
    for (; environment != NULL && environment[p->entries] != NULL; p->entries++)
        if (p->value == NULL && strncmp(environment[p->entries], "LD_PRELOAD=", 11) == 0) {
            p->at = p->entries;
            p->value = environment[p->at];
        }
    p->own = p->value != NULL ? strstr(p->value, "/" PRELOADABLE_OWN) : NULL;
    if (p->own == NULL)
        return false;
    for (p->path = p->own++; p->path > p->value && strchr("=: \t\n", p->path[-1]) == NULL;)
        p->path--;
    return p->path[0] == '/';
}

/* Whether the library for the other one lies beside it. */
static bool is_other_beside(const struct preload *p)
{
    char path[PATH_MAX];
    return snprintf(path, sizeof path, "%.*s" PRELOADABLE_OTHER, (int)(p->own - p->path), p->path) < (int)sizeof path &&
           syscall(SYS_faccessat, AT_FDCWD, path, R_OK) == 0;
}

/* Which loader has loaded this library: what the program's headers say, as the kernel has left them in memory. */
static void learn_loader(void)
{
    const Elf64_Phdr *p = (const Elf64_Phdr *)getauxval(AT_PHDR), *end = p + (p != NULL ? getauxval(AT_PHNUM) : 0);
    uintptr_t base = 0;
    if (preloadable_loaded_by[0] != 0)
        return;
    for (const uintptr_t at = (uintptr_t)p; p < end; p++)
        if (p->p_type == PT_PHDR)
            base = at - p->p_vaddr;
        else if (p->p_type == PT_INTERP && p->p_memsz <= sizeof preloadable_loaded_by)
            memcpy(preloadable_loaded_by, (const char *)(base + p->p_vaddr), p->p_memsz);
}

static __attribute__((noinline)) const char *objection(const char *path, char *const *environment)
{
    learn_loader();
    return preloadable_objection(path, environment);
}

/*
 * Bytes that switch_library needs; 0: the program at `path` is to have the environment as it is. `to`: the name of the
 * library that it gets; NULL: it gets none, as it would not start with this one.
 */
static __attribute__((noinline)) size_t switch_room(const char *path, char *const *environment, const char **to)
{
    struct preload p;
    int error = errno;
    const char *why = path != NULL ? objection(path, environment) : NULL;
    *to = why == preloadable_other_libc ? PRELOADABLE_OTHER : NULL;
    bool other = (*to != NULL || why == preloadable_older_libc) && find_preload(environment, &p) &&
                 (*to == NULL || is_other_beside(&p));
    errno = error;
    return other ? (p.entries + 1) * sizeof *environment + strlen(p.value) + sizeof PRELOADABLE_OTHER : 0;
}

/* Nothing is left of a variable that has named this library alone. */
static __attribute__((noinline)) char *const *switch_library(void *room, char *const *environment, const char *to)
{
    struct preload p;
    int error = errno;
    find_preload(environment, &p);
    errno = error;
    char **copy = room, *value = (char *)(copy + p.entries + 1);
    const char *rest = p.own + sizeof PRELOADABLE_OWN - 1;
    const char *until = to != NULL ? p.own : p.path;
    memcpy(copy, environment, (p.entries + 1) * sizeof *copy);
    if (to == NULL && rest[0] == 0 && strchr(p.value, '=') + 1 == until) {
        memmove(copy + p.at, copy + p.at + 1, (p.entries - p.at) * sizeof *copy);
        return copy;
    }
    rest += to == NULL && rest[0] != 0;
    size_t before = (size_t)(until - p.value), size = to != NULL ? strlen(to) : 0;
    memcpy(value, p.value, before);
    if (to != NULL)
        memcpy(value + before, to, size + 1);
    memcpy(value + before + size, rest, strlen(rest) + 1);
    copy[p.at] = value;
    return copy;
}

/* Into `with`: the environment for the program at `path`, on the stack of the function that this stands in. */
#define WITH_LIBRARY(with, path, environment)                                                                          \
    char *const *with = environment;                                                                                   \
    const char *with##_to = NULL;                                                                                      \
    size_t with##_room = is_asked() ? switch_room(path, environment, &with##_to) : 0;                                  \
    if (with##_room != 0)                                                                                              \
    with = switch_library(__builtin_alloca(with##_room), environment, with##_to)

/*
 * Why the program at `path`, called `name`, cannot be watched, which is recorded; NULL if it can. Signals are blocked
 * meanwhile, as a handler could jump out and leave a descriptor open.
 */
static const char *note_unwatched(const char *path, const char *name, char *const *environment)
{
    uint64_t all = ~(uint64_t)0, mask;
    int error = errno;
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, &mask, sizeof all);
    const char *why = objection(path, environment);
    struct preload p;
    if (why == preloadable_other_libc && find_preload(environment, &p) && is_other_beside(&p))
        why = NULL;
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &mask, NULL, sizeof mask);
    errno = error;
    if (why != NULL)
        unwatched_note(name, why);
    return why;
}

/* --- by a path --- */

/* NULL: nothing is known of the path. */
static inline const char *check(const char *path, char *const *environment)
{
    return is_asked() && path != NULL ? note_unwatched(path, path, environment) : NULL;
}

static int execute(const char *path, char *const *arguments, char *const *environment)
{
    const char *why = check(path, environment);
    WITH_LIBRARY(with, path, environment);
    int result = real.execve(path, arguments, with);
    if (why != NULL)
        unwatched_withdraw(path, why);
    return result;
}

EXPORT int execve(const char *path, char *const arguments[], char *const environment[])
{
    return execute(path, arguments, environment);
}

EXPORT int execv(const char *path, char *const arguments[])
{
    return execute(path, arguments, environ);
}

/* --- by a name that is searched in PATH, or by a descriptor --- */

struct program {
    const char *name;
    int folder;     /* of execveat; else -1 */
    bool elsewhere; /* it may be executed in another folder, so a relative path leads nowhere */
};

/* The path of what a descriptor is of, and below it `name`. */
static bool find_below(const struct program *p, char *path, size_t room)
{
    char link[40];
    snprintf(link, sizeof link, "/proc/self/fd/%d", p->folder);
    ssize_t n = readlink(link, path, room);
    if (n <= 0 || (size_t)n + strlen(p->name) + 2 > room)
        return false;
    snprintf(path + n, room - (size_t)n, "%s%s", p->name[0] == 0 ? "" : "/", p->name);
    return true;
}

static bool find_program(const struct program *p, char *path, size_t room)
{
    if (p->folder >= 0)
        return find_below(p, path, room);
    if (strchr(p->name, '/') == NULL)
        return preloadable_find(p->name, path, room) && (path[0] == '/' || !p->elsewhere);
    return (p->name[0] == '/' || !p->elsewhere) && snprintf(path, room, "%s", p->name) < (int)room;
}

static __attribute__((noinline)) const char *note_found(const struct program *p, char *const *environment)
{
    char path[PATH_MAX], link[40];
    int error = errno;
    const char *why = NULL;
    snprintf(link, sizeof link, "/proc/self/fd/%d", p->folder);
    if (find_program(p, path, sizeof path)) /* a file deleted since has a name, but only the descriptor leads to it */
        why = note_unwatched(p->folder >= 0 && p->name[0] == 0 ? link : path, path, environment);
    errno = error;
    return why;
}

/* The program is searched again, so that there is no buffer for its path on the stack during the call. */
static __attribute__((noinline)) void withdraw_found(const struct program *p, const char *why)
{
    char path[PATH_MAX];
    int error = errno;
    if (find_program(p, path, sizeof path))
        unwatched_withdraw(path, why);
    errno = error;
}

static __attribute__((noinline)) size_t switch_room_found(const struct program *p, char *const *environment,
                                                          const char **to)
{
    char path[PATH_MAX];
    int error = errno;
    size_t room = find_program(p, path, sizeof path) ? switch_room(path, environment, to) : 0;
    errno = error;
    return room;
}

#define WITH_LIBRARY_FOUND(with, program, environment)                                                                 \
    char *const *with = environment;                                                                                   \
    const char *with##_to = NULL;                                                                                      \
    size_t with##_room = is_asked() ? switch_room_found(program, environment, &with##_to) : 0;                         \
    if (with##_room != 0)                                                                                              \
    with = switch_library(__builtin_alloca(with##_room), environment, with##_to)

static int execute_found(const char *name, char *const *arguments, char *const *environment)
{
    const struct program p = {name, -1, false};
    const char *why = is_asked() ? note_found(&p, environment) : NULL;
    WITH_LIBRARY_FOUND(with, &p, environment);
    int result = real.execvpe(name, arguments, with);
    if (why != NULL)
        withdraw_found(&p, why);
    return result;
}

EXPORT int execvpe(const char *name, char *const arguments[], char *const environment[])
{
    return execute_found(name, arguments, environment);
}

EXPORT int execvp(const char *name, char *const arguments[])
{
    return execute_found(name, arguments, environ);
}

EXPORT int fexecve(int fd, char *const arguments[], char *const environment[])
{
    const struct program p = {"", fd, false};
    const char *why = is_asked() && fd >= 0 ? note_found(&p, environment) : NULL;
    int result = real.fexecve(fd, arguments, environment);
    if (why != NULL)
        withdraw_found(&p, why);
    return result;
}

/* An absolute name, or one relative to the current folder, is as in execve; a bad pointer is left to the kernel. */
EXPORT int execveat(int folder, const char *name, char *const arguments[], char *const environment[], int flags)
{
    struct stat st;
    const struct program p = {name, folder, false};
    const char *why = NULL;
    if (is_asked() && (folder >= 0 || folder == AT_FDCWD)) {
        int error = errno;
        bool there = fstatat(folder, name, &st, flags) == 0;
        errno = error;
        if (there)
            why = folder == AT_FDCWD || name[0] == '/' ? note_unwatched(name, name, environment)
                                                       : note_found(&p, environment);
    }
    int result = real.execveat(folder, name, arguments, environment, flags);
    if (why != NULL && (folder == AT_FDCWD || name[0] == '/'))
        unwatched_withdraw(name, why);
    else if (why != NULL)
        withdraw_found(&p, why);
    return result;
}

/* --- with a variable number of arguments --- */

/* As a list on the caller's stack, as glibc has them (posix/execl.c); `rest` is then behind the NULL that ends them. */
#define LISTED(list, rest, first)                                                                                      \
    size_t count = 0;                                                                                                  \
    va_start(rest, first);                                                                                             \
    for (const char *next = first; next != NULL && count < INT_MAX; next = va_arg(rest, const char *))                 \
        count++;                                                                                                       \
    va_end(rest);                                                                                                      \
    if (count == INT_MAX) {                                                                                            \
        errno = E2BIG;                                                                                                 \
        return -1;                                                                                                     \
    }                                                                                                                  \
    char **list = __builtin_alloca((count + 1) * sizeof *list);                                                        \
    list[0] = (char *)(uintptr_t)first;                                                                                \
    va_start(rest, first);                                                                                             \
    for (size_t i = 1; i <= count; i++)                                                                                \
    list[i] = va_arg(rest, char *)

EXPORT int execl(const char *path, const char *first, ...)
{
    va_list rest;
    LISTED(list, rest, first);
    va_end(rest);
    return execute(path, list, environ);
}

EXPORT int execle(const char *path, const char *first, ...)
{
    va_list rest;
    LISTED(list, rest, first);
    char *const *environment = va_arg(rest, char *const *);
    va_end(rest);
    return execute(path, list, environment);
}

EXPORT int execlp(const char *name, const char *first, ...)
{
    va_list rest;
    LISTED(list, rest, first);
    va_end(rest);
    return execute_found(name, list, environ);
}

/* --- in a new process --- */

/* An action may change the folder. */
static bool has_actions(const posix_spawn_file_actions_t *actions)
{
#ifdef __GLIBC__
    return actions != NULL && actions->__used != 0;
#else
    return actions != NULL && actions->__actions != NULL;
#endif
}

EXPORT int posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
                       const posix_spawnattr_t *attributes, char *const arguments[], char *const environment[])
{
    bool known = !has_actions(actions) || path[0] == '/';
    const char *why = check(known ? path : NULL, environment);
    WITH_LIBRARY(with, known ? path : NULL, environment);
    int result = real.posix_spawn(pid, path, actions, attributes, arguments, with);
    if (result != 0 && why != NULL)
        unwatched_withdraw(path, why);
    return result;
}

EXPORT int posix_spawnp(pid_t *pid, const char *name, const posix_spawn_file_actions_t *actions,
                        const posix_spawnattr_t *attributes, char *const arguments[], char *const environment[])
{
    const struct program p = {name, -1, has_actions(actions)};
    const char *why = is_asked() ? note_found(&p, environment) : NULL;
    WITH_LIBRARY_FOUND(with, &p, environment);
    int result = real.posix_spawnp(pid, name, actions, attributes, arguments, with);
    if (result != 0 && why != NULL)
        withdraw_found(&p, why);
    return result;
}

EXPORT int system(const char *command)
{
    const char *why = check(command != NULL ? _PATH_BSHELL : NULL, environ);
    int result = real.system(command);
    if (result == -1 && why != NULL)
        unwatched_withdraw(_PATH_BSHELL, why);
    return result;
}

EXPORT FILE *popen(const char *command, const char *mode)
{
    const char *why = check(_PATH_BSHELL, environ);
    FILE *stream = real.popen(command, mode);
    if (stream == NULL && why != NULL)
        unwatched_withdraw(_PATH_BSHELL, why);
    return stream;
}
