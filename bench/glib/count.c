/*
 * GLib's locks, counted as bench/count.c counts those of pthreads: built where GLib is installed. A wait is counted
 * with the signal that ends it, and with the thread that signals.
 */
#include <glib.h>
#include <stdio.h>

enum { FEW = 200, MANY = 700 };

static GMutex mutex;
static GRecMutex recursive;
static GRWLock rwlock;
static GMutex turn_mutex;
static GCond turned[2];
static int turn;

static void single(unsigned rounds)
{
    while (rounds--) {
        g_mutex_lock(&mutex);
        g_mutex_unlock(&mutex);
    }
}

static void twice(unsigned rounds)
{
    while (rounds--) {
        g_rec_mutex_lock(&recursive);
        g_rec_mutex_lock(&recursive);
        g_rec_mutex_unlock(&recursive);
        g_rec_mutex_unlock(&recursive);
    }
}

static void reading(unsigned rounds)
{
    while (rounds--) {
        g_rw_lock_reader_lock(&rwlock);
        g_rw_lock_reader_unlock(&rwlock);
    }
}

static void writing(unsigned rounds)
{
    while (rounds--) {
        g_rw_lock_writer_lock(&rwlock);
        g_rw_lock_writer_unlock(&rwlock);
    }
}

/* Compiled as it stands: gcc would make a loop of it. */
#ifdef __clang__
#define AS_IT_STANDS __attribute__((noinline))
#else
#define AS_IT_STANDS __attribute__((noipa))
#endif

/* Each time with another mutex, which makes a new lock order, and at another depth, which makes another stack. */
AS_IT_STANDS static void deeper(unsigned depth)
{
    static GMutex fresh[2 * FEW + MANY];
    static unsigned next;
    if (depth != 0) {
        deeper(depth - 1);
        next += depth > 100; /* not its last call: else there would be no frame */
        return;
    }
    g_mutex_lock(&mutex);
    g_mutex_lock(&fresh[next]);
    g_mutex_unlock(&fresh[next++]);
    g_mutex_unlock(&mutex);
}

static void new_orders(unsigned rounds)
{
    while (rounds--)
        deeper(rounds % 16);
}

/* Two threads in turn: each round is two waits, two signals and two pairs of lock and unlock. */
static void take_turns(int self, unsigned rounds)
{
    while (rounds--) {
        g_mutex_lock(&turn_mutex);
        while (turn != self)
            g_cond_wait(&turned[self], &turn_mutex);
        turn = !self;
        g_cond_signal(&turned[!self]);
        g_mutex_unlock(&turn_mutex);
    }
}

static gpointer partner(gpointer rounds)
{
    take_turns(1, GPOINTER_TO_UINT(rounds));
    return NULL;
}

static void turns(unsigned rounds)
{
    GThread *other = g_thread_new("partner", partner, GUINT_TO_POINTER(rounds));
    take_turns(0, rounds);
    g_thread_join(other);
}

struct row {
    const char *name;
    void (*batch)(unsigned rounds);
    unsigned per_round;
};

static const struct row rows[] = {
    {"GMutex", single, 1},
    {"GRecMutex, twice", twice, 2},
    {"GRWLock, reading", reading, 1},
    {"GRWLock, writing", writing, 1},
    {"GMutex, a new order", new_orders, 1},
    {"GCond wait+signal", turns, 2},
};

/* Written to, or gcc would unroll the loop over them: each caller's stack would be another. */
static unsigned lengths[] = {FEW, FEW, MANY, 0};

__attribute__((noinline)) void count_rounds(const struct row *what, unsigned rounds);

void count_rounds(const struct row *what, unsigned rounds)
{
    what->batch(rounds);
}

int main(void)
{
    turns(1);
    for (const struct row *each = rows; each < rows + sizeof rows / sizeof *rows; each++) {
        for (const unsigned *length = lengths; *length; length++)
            count_rounds(each, *length);
        printf("%u\t0\t%s\n", (MANY - FEW) * each->per_round, each->name);
    }
    return 0;
}
