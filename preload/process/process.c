#include "preload/process/process.h"

#include "preload/hold/hold.h"
#include "preload/hold/known_paths.h"
#include "preload/hold/sync_point.h"
#include "preload/lock/birthplace.h"
#include "preload/lock/lock.h"
#include "preload/lock/memory.h"
#include "preload/lock/recent_locks.h"
#include "preload/misuse/misuse.h"
#include "preload/os/arena.h"
#include "preload/os/aside.h"
#include "preload/os/clock.h"
#include "preload/os/fork_zeroed.h"
#include "preload/os/glibc.h"
#include "preload/os/inlined.h"
#include "preload/os/interpreter.h"
#include "preload/os/loaded.h"
#include "preload/os/loader.h"
#include "preload/os/log.h"
#include "preload/os/options.h"
#include "preload/os/raw_lock.h"
#include "preload/os/sandbox.h"
#include "preload/os/unwatched.h"
#include "preload/output/analyzer_call.h"
#include "preload/output/exit_report.h"
#include "preload/process/end_key.h"
#include "preload/process/fork_orphans.h"
#include "preload/stack/stack.h"
#include "preload/store/module.h"
#include "preload/store/recording.h"
#include "preload/store/suppression.h"
#include "preload/thread/thread.h"
#include "preload/wait/contention.h"
#include "preload/wait/deadlock_report.h"
#include "preload/wait/fork_children.h"
#include "preload/wait/recheck.h"
#include "preload/wait/wait.h"
#include "preload/wait/wakers.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

struct known_path self_known_nothing[2] = {{.tag = 1}, {.tag = 1}};
__thread struct self self = {.known = self_known_nothing};

static pid_t parent_pid; /* of a fork's child whose parent had a record */
static bool started;

/* --- the record --- */

static bool begin_record(void)
{
    end_key_start();
    struct signals_saved l = raw_lock_acquire();
    bool good = store_begin();
    if (good)
        suppression_note();
    raw_lock_release(l);
    if (good)
        callers_start();
    if (good && recording_forked)
        hold_drop_inherited(&recording_boot, glibc_is_in_shared_memory);
    if (!good || !thread_start(&recording_boot)) {
        log_line("no memory: not watching");
        return false;
    }
    lock_identify_early();
    fork_orphans_start();
    ours.header->parent_pid = (uint32_t)parent_pid;
    return true;
}

/* --- the end of the process --- */

static void record_exit(int status)
{
    ours.header->ended = clock_now();
    ours.header->end_value = status & 0xff;
    ours.header->end = END_EXIT;
}

void process_end(int status)
{
    if (recording == RECORDING_ON && fork_guard.shut_in != 0)
        record_exit(status);
    if (recording != RECORDING_ON || fork_guard_is_foreign() || !recording_is_us())
        return;
    int error = self_enter();
    int state = RECORDING_ON;
    if (atomic_compare_exchange_strong(&recording, &state, RECORDING_OVER)) {
        known_paths_flush();
        record_exit(status);
        if (!sandbox_entered()) {
            wait_review();
            store_end(exit_report());
        }
    }
    self_leave(error);
}

/* The first function that is registered runs last. */
#ifdef __GLIBC__
static void at_exit(int status, void *unused)
{
    (void)unused;
    process_end(status);
}

static void watch_exit(void)
{
    on_exit(at_exit, NULL);
}
#else
#pragma weak atexit /* glibc has it not in its library, and loads this one, to stand aside */

/* The status is not known. */
static void at_exit(void)
{
    process_end(0);
}

static void watch_exit(void)
{
    atexit(at_exit);
}
#endif

/* --- fork --- */

/* What the thread that forks saves for the child. Not in thread-local memory, which is taken from every stack. */
struct fork_state {
    uint32_t limit[TABLE_COUNT]; /* how much of each table was in use */
    struct hold_saved holds;
};
static void *fork_states FORK_ZEROED; /* free ones */

static __thread struct {
    struct fork_state *state;
    bool saved;   /* what other threads held */
    bool modules; /* module_fork_begins was called */
    bool aside;   /* the child is not to be watched: preload/os/fork_guard.h, or there is no memory for this */
} forking;

static struct fork_state *get_state(void)
{
    struct signals_saved l = raw_lock_acquire();
    struct fork_state *state = arena_pool_get(&fork_states, sizeof *state);
    raw_lock_release(l);
    if (state != NULL)
        memset(state, 0, sizeof *state);
    return state;
}

static void put_state(void)
{
    if (forking.state == NULL)
        return;
    struct signals_saved l = raw_lock_acquire();
    arena_pool_put(&fork_states, forking.state);
    raw_lock_release(l);
    forking.state = NULL;
}

/* A child made by a signal handler that interrupted the library is not watched: it may return into the middle of it. */
static void before_fork(void)
{
    const bool inside = self.slot == NULL && self.own != NULL && !self.over;
    memset(&forking, 0, sizeof forking);
    forking.aside = inside || fork_guard_is_foreign();
    if (forking.aside)
        return;
    int error = self_enter();
    forking.state = get_state();
    forking.aside = forking.state == NULL;
    if (!forking.aside && recording == RECORDING_ON) {
        for (int t = 0; t < TABLE_COUNT; t++)
            forking.state->limit[t] = record_used(&ours, t);
        forking.saved = fork_orphans_save();
        module_fork_begins();
        forking.modules = true;
    }
    if (!forking.aside && self.own != NULL)
        hold_save(self.own, &forking.state->holds);
    self_leave(error);
}

/*
 * The thread is in daemon, whose parent ends by an _exit of libc's own right after the fork handlers. These are called
 * where the fork failed, too, but then with errno set (glibc, nptl/fork.c and misc/daemon.c).
 */
static __thread bool parent_ends;

static void in_parent(void)
{
    bool made = errno == 0;
    if (forking.saved)
        fork_orphans_forget();
    if (forking.modules)
        module_fork_over();
    put_state();
    if (parent_ends && made)
        process_end(0);
}

/* A lock that processes share is held by the thread of the parent, not by its copy in the child. */
static void drop_shared(struct hold_saved *kept)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < kept->count; i++) {
        const struct held_lock *e = &kept->item[i];
        if (!glibc_is_readable(e->address) || !glibc_is_declared_shared((uint16_t)hold_as(e), e->address))
            kept->item[count++] = *e;
    }
    kept->count = count;
}

/* What the child is to know of itself and of its parent. */
static void become_child(int parent_recording, bool watched)
{
    recording_pid = getpid();
    recording_boot.tid = (uint32_t)recording_pid; /* the one thread of a child is its main thread */
    recording_forked = true;
    if (forking.saved)
        fork_orphans_check();
    else if (parent_recording == RECORDING_ON)
        fork_orphans_forget();
    if (parent_recording != RECORDING_ON)
        return;
    parent_pid = getppid();
    if (watched)
        memcpy(recording_boot.name, self.own->name, sizeof recording_boot.name);
}

/* What the thread knows of the parent's record. */
static void reset_self(void)
{
    self.has_raw_lock = self.posted = false;
    self.epoch = self.joined[0] = self.joined[1] = 0;
    recent_locks_reset();
    sync_point_reset();
    known_paths_reset();
    callers_reset();
    stack_reset();
}

static void leave_record(bool had_one)
{
    fork_zero();
    reset_self();
    if (had_one) {
        lock_keep_for_child();
        store_leave();
    }
}

/* The thread goes on with what it held before the fork, on a path of the child's own. */
static void take_over_holds(void)
{
    self.own = &recording_boot;
    self.id = 0;
    drop_shared(&forking.state->holds);
    hold_take_over(&recording_boot, &forking.state->holds);
}

/*
 * The child has the memory of the parent, but one thread. The mapped record is still the parent's, and the parent
 * continues to write to it: segments that it added since are not mapped here, and what its thread holds changes. So
 * everything is taken as it was in before_fork. The child begins a record of its own when it needs one.
 */
static void in_child(void)
{
    const bool watched = self.own != NULL && !self.over;
    loader_in_child();
    if (forking.aside)
        return;
    int error = self_enter();
    const int state = recording;
    memcpy(ours.limit, forking.state->limit, sizeof ours.limit);
    become_child(state, watched);
    leave_record(state != RECORDING_NONE);
    recording = state == RECORDING_ON || state == RECORDING_BEGINS ? RECORDING_NONE : state;
    fork_guard_open();
    if (watched) {
        take_over_holds();
        self_leave(error);
    }
    errno = error;
}

/*
 * Ours must be the first handler in the child: until it has run no call is watched, and what a handler of another
 * library locks or initialises would be missed (jemalloc's initialises all its mutexes again).
 */
void process_watch_forks(void)
{
    static atomic_flag registered = ATOMIC_FLAG_INIT;
    if (atomic_flag_test_and_set(&registered))
        return;
#ifdef __GLIBC__
    real.__register_atfork(before_fork, in_parent, in_child, NULL);
#else
    pthread_atfork(before_fork, in_parent, in_child);
#endif
}

/* pthread_atfork, which is linked statically into its callers, calls this. */
int __register_atfork(void (*prepare)(void), void (*parent)(void), void (*child)(void), void *owner);

EXPORT int __register_atfork(void (*prepare)(void), void (*parent)(void), void (*child)(void), void *owner)
{
    process_watch_forks();
    return real.__register_atfork(prepare, parent, child, owner);
}

static void add_child(pid_t pid)
{
    if (pid <= 0 || self_watched() == NULL)
        return;
    int error = self_enter();
    fork_children_add(pid);
    self_leave(error);
}

EXPORT pid_t fork(void)
{
    pid_t pid = real.fork();
    add_child(pid);
    return pid;
}

/* The fork that runs no handlers. */
EXPORT pid_t _Fork(void)
{
    before_fork();
    pid_t pid = real._Fork();
    if (pid == 0)
        in_child();
    else
        in_parent();
    add_child(pid);
    return pid;
}

EXPORT int daemon(int no_chdir, int no_close)
{
    int error = errno;
    parent_ends = true;
    errno = 0;
    int result = real.daemon(no_chdir, no_close);
    parent_ends = false;
    if (result == 0)
        errno = error;
    return result;
}

/* --- start --- */

/* From now on all that threads acquire is looked at: preload/hold/hold.h. */
static void observe_interpreter(void)
{
    hold_observed = 1;
    fork_guard_observe();
}

__attribute__((constructor)) static void start(void)
{
    int error = errno;
    if (started)
        return;
    started = true;
    log_start();
    options_suppressions_given = suppression_read;
    options_read();
    if (aside_look()) {
        errno = error;
        return;
    }
    if (loaded_has_old_libc())
        real_hide_missing();
    real_find_cxx();
    memory_start();
    birthplace_start();
    glibc_check_layout();
    contention_start();
    fork_guard_inlines = hold_timing == 0 && inlined_check();
    interpreter_found = observe_interpreter;
    interpreter_find();
    analyzer_call_find();
    sandbox_start();
    raw_lock_leave_parent = store_copy;
    recheck_look = wait_look_for_others;
    recording_begin = begin_record;
    recording_end = process_end;
    recording_pid = getpid();
    recording_boot.tid = (uint32_t)recording_pid;
    process_watch_forks();
    watch_exit();
    fork_guard_start();
    self.own = &recording_boot;
    self.slot = &recording_boot;
    unwatched_not();
    errno = error;
}
