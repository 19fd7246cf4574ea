#include "analyzer/symbols/inner_waits.h"

#include <string.h>

#define TEAM_CURE                                                                                                      \
    "let all threads of the team come to the same barriers, or none of them, and to none while holding a lock or "     \
    "within a critical section"

/* library/std/src/sys/sync, or sys/unix/locks before. */
const struct story_kind *inner_waits_rust(const char *function)
{
    static const struct {
        const char *of, *call;
        struct story_kind kind;
    } kinds[] = {{"Mutex", "lock_contended", {.word = "Rust Mutex", .lock = true, .wake = "unlock"}},
                 {"RwLock", "_contended", {.word = "Rust RwLock", .lock = true, .wake = "unlock"}},
                 {"Condvar", "wait", {.word = "Rust Condvar"}},
                 {"Once", "call", {.word = "Rust Once"}},
                 {"Parker", "park", {.word = "Rust thread::park"}}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds && strstr(function, "std::sys") != NULL; i++)
        if (strstr(function, kinds[i].of) != NULL && strstr(function, kinds[i].call) != NULL)
            return &kinds[i].kind;
    return NULL;
}

const struct story_kind *inner_waits_gio(const char *function)
{
    static const struct story_kind task = {.word = "GTask", .wake = "finish", .woken = "signalled"};
    return function != NULL && strcmp(function, "g_task_run_in_thread_sync") == 0 ? &task : NULL;
}

/* GLib waits for a mutex in a function that is not exported, and so without a name where there are no debug symbols. */
static bool is_for_mutex(const char *innermost)
{
    return innermost == NULL || strstr(innermost, "mutex_lock") != NULL;
}

/* What a thread waits for that the toolkit has created, and that has nothing to do. */
static const struct story_kind *idle_kind(const char *module)
{
    static const struct story_kind region = {
        .word = "next OpenMP region", .wake = "begin", .woken = "woken", .cure = TEAM_CURE};
    return strncmp(module, "libomp", 6) == 0 || strncmp(module, "libiomp", 7) == 0 ? &region : NULL;
}

const struct story_kind *inner_waits_toolkit(const char *module, const char *called, const char *innermost)
{
    if (called == NULL)
        return idle_kind(module);
    static const struct {
        const char *in; /* the name of the function has this in it */
        bool event;     /* it waits for that, and not for a mutex */
        struct story_kind kind;
    } kinds[] = {
        {"g_async_queue_pop",
         true,
         {.word = "GAsyncQueue",
          .wake = "push to",
          .woken = "woken by a push",
          .cure = "push before that wait, or from a thread that does not wait for this one, or wait with "
                  "g_async_queue_timeout_pop"}},
        {"g_async_queue_",
         false,
         {.word = "lock of GAsyncQueue",
          .lock = true,
          .wake = "release",
          .cure = "between g_async_queue_lock and g_async_queue_unlock call none of the queue's functions but those "
                  "that end in _unlocked, and acquire no lock that others hold while they use the queue"}},
        {"g_thread_pool_free",
         true,
         {.word = "last task of GThreadPool",
          .wake = "finish",
          .cure = "let no task wait for what comes after g_thread_pool_free, or for a task that the pool no longer "
                  "takes"}},
        {"g_thread_pool_", false, {.word = "lock of GThreadPool", .lock = true, .wake = "release"}},
        {"g_main_loop_run",
         true,
         {.word = "GMainContext",
          .wake = "release",
          .cure = "let one thread run a context, or g_main_context_release it before another one does"}},
        {"g_main_context_", false, {.word = "lock of GMainContext", .lock = true, .wake = "release"}},
        {"__kmpc_barrier",
         false,
         {.word = "OpenMP barrier", .waits = "at", .wake = "arrive at", .woken = "woken", .cure = TEAM_CURE}},
        {"__kmpc_fork_call",
         false,
         {.word = "end of OpenMP region", .wake = "come to", .woken = "woken", .cure = TEAM_CURE}},
        /* gcc's runtime, which attach sees there */
        {"GOMP_barrier",
         false,
         {.word = "OpenMP barrier", .waits = "at", .wake = "arrive at", .woken = "woken", .cure = TEAM_CURE}},
        {"GOMP_loop_end",
         false,
         {.word = "end of OpenMP loop", .waits = "at", .wake = "come to", .woken = "woken", .cure = TEAM_CURE}},
        {"GOMP_parallel",
         false,
         {.word = "end of OpenMP region", .wake = "come to", .woken = "woken", .cure = TEAM_CURE}},
        {"GOMP_task", false, {.word = "tasks of OpenMP", .wake = "finish", .woken = "woken"}},
        {"GOMP_critical", false, {.word = "critical section", .lock = true, .wake = "leave"}},
        {"omp_set_lock", false, {.word = "OpenMP lock", .lock = true, .wake = "release"}},
        {"omp_set_nest_lock", false, {.word = "OpenMP nested lock", .lock = true, .wake = "release"}},
        {"QWaitCondition", false, {.word = "QWaitCondition", .waits = "on", .wake = "wake", .woken = "woken"}},
        {"QThreadPrivate", false, {.word = "next task of QThreadPool", .wake = "start"}},
        {"QThreadPool", false, {.word = "last task of QThreadPool", .wake = "finish", .woken = "woken"}},
        {"QThread", false, {.word = "end of QThread", .wake = "end", .woken = "woken"}},
        {"QSemaphore", false, {.word = "QSemaphore", .wake = "release", .woken = "woken"}},
        {"QReadWriteLock", false, {.word = "QReadWriteLock", .lock = true, .wake = "unlock"}},
        {"QRecursiveMutex", false, {.word = "QRecursiveMutex", .lock = true, .wake = "unlock"}},
        {"QMutex", false, {.word = "QMutex", .lock = true, .wake = "unlock"}},
        {"QBasicMutex", false, {.word = "QMutex", .lock = true, .wake = "unlock"}},
        /* All of Mutex wait in Mutex::Block, which has a name; what CondVar has put out of the way has none. */
        {"PerThreadSemWait", false, {.word = "absl::CondVar", .waits = "on", .wake = "signal"}},
        {"::CondVar::", false, {.word = "absl::CondVar", .waits = "on", .wake = "signal"}},
        {"::Mutex::LockWhen", false, {.word = "Condition of absl::Mutex", .wake = "make true"}},
        {"::Mutex::ReaderLockWhen", false, {.word = "Condition of absl::Mutex", .wake = "make true"}},
        {"::Mutex::Await", false, {.word = "Condition of absl::Mutex", .wake = "make true"}},
        {"::Mutex::", false, {.word = "absl::Mutex", .lock = true, .wake = "unlock"}},
        {"::Notification::", false, {.word = "absl::Notification", .wake = "notify"}},
        {"::BlockingCounter::", false, {.word = "absl::BlockingCounter", .wake = "decrement"}},
        {"::Barrier::", false, {.word = "absl::Barrier", .waits = "at", .wake = "arrive at"}},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strstr(called, kinds[i].in) != NULL && !(kinds[i].event && is_for_mutex(innermost)))
            return &kinds[i].kind;
    return NULL;
}
