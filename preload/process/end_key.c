#include "preload/process/end_key.h"
#include "preload/store/recording.h"

#include "preload/hold/hold.h"
#include "preload/lock/memory.h"
#include "preload/misuse/misuse.h"
#include "preload/os/fork_guard.h"
#include "preload/thread/thread.h"
#include "preload/wait/other_wakers.h"
#include "preload/wait/recheck.h"

#include <stdatomic.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    ROUNDS = 4,
    ASKING = 3
}; /* PTHREAD_DESTRUCTOR_ITERATIONS of glibc; how many are left when ask_in_time is called */

static pthread_key_t key;
static _Atomic bool has_others; /* the program has keys with destructors */
static _Atomic bool has_key;
static atomic_uint setting; /* how many threads are about to set the key: until then it must not be deleted */

static void set_rounds(uintptr_t rounds)
{
    atomic_fetch_add(&setting, 1);
    if (has_key)
        pthread_setspecific(key, (void *)rounds);
    atomic_fetch_sub(&setting, 1);
}

static void ask(void)
{
    other_wakers_note();
    recheck_ask();
}

/*
 * Making the recheck thread allocates, and a malloc that first hears of this thread in its last round, such as
 * jemalloc, never learns of its end. So a recheck that the end will need is requested earlier: two rounds before, as in
 * each round the program's destructors come first.
 */
static void ask_in_time(void)
{
    int error = self_enter();
    if (recording_ready() && thread_living() > 1 && thread_about_to_end())
        ask();
    self_leave(error);
}

/* The last thread of the program must be the last of libc's, as that is the one that calls exit. */
static void end_thread(void)
{
    if (thread_end() && recording_ready())
        ask();
    if (thread_living() == 0)
        recheck_end();
}

/* The destructor. The key's value counts the rounds down; without destructors of the program's, the first is the last.
 */
static void next_round(void *rounds)
{
    uintptr_t left = has_others ? (uintptr_t)rounds : 1;
    if (left > 1)
        set_rounds(left - 1);
    if (self.own == NULL || self.id == 0 || fork_guard_is_foreign()) /* 0: there is no record */
        return;
    if (left == ASKING)
        ask_in_time();
    if (left > 1)
        return;
    int error = self_enter();
    misuse_thread_end();
    memory_end_stack(self.stack);
    end_thread();
    errno = error;
}

static void watch_end(void)
{
    set_rounds(ROUNDS);
}

static bool end_is_watched(void)
{
    return has_key;
}

void end_key_of_program(void (*destructor)(void *))
{
    end_key_start();
    if (destructor != NULL)
        has_others = true;
}

/*
 * The last of the keys for which a thread has room without malloc (glibc, nptl/pthread_setspecific.c), so that the
 * program gets the keys that it would get without us: destructors run in their order.
 */
void end_key_start(void)
{
    enum { LAST = 31 };
    static atomic_flag begun = ATOMIC_FLAG_INIT;
    pthread_key_t before[LAST];
    int count = 0;
    bool made;
    if (!fork_guard_started || atomic_flag_test_and_set(&begun))
        return;
    thread_watch_end = watch_end;
    thread_end_is_watched = end_is_watched;
    while ((made = real.pthread_key_create(&key, next_round) == 0) && key < LAST)
        before[count++] = key;
    has_key = made && key == LAST;
    if (made && !has_key)
        pthread_key_delete(key);
    while (count > 0)
        pthread_key_delete(before[--count]);
}

bool end_key_release(void)
{
    enum { PATIENCE = 1000 };
    const struct timespec moment = {0, 1000000};
    int error = errno;
    if (!atomic_exchange(&has_key, false))
        return false;
    for (int i = 0; setting != 0; i++) {
        if (i == PATIENCE)
            return false; /* a thread was stopped meanwhile */
        syscall(SYS_nanosleep, &moment, NULL);
    }
    errno = error;
    return pthread_key_delete(key) == 0;
}

/* Destructors may still release what the thread holds, which is not seen: so its holds are dropped. */
void end_key_early(void *unused)
{
    (void)unused;
    if (self.own == NULL || self.id == 0 || fork_guard_is_foreign())
        return;
    int error = self_enter();
    hold_drop(self.own);
    memory_end_stack(self.stack);
    end_thread();
    errno = error;
}
