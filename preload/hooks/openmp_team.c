/*
 * OpenMP's teams: parallel regions, and where their threads wait for each other.
 *
 * What a team does comes after what the thread did that came to the region, and before what that does next; and a
 * barrier parts what comes before it from what comes after. Else orders of locks that a region or a barrier keeps apart
 * would seem to meet. This is recorded like LOCKWATCH_GIVE and LOCKWATCH_TAKE (preload/hold/sync_point.h), for as many
 * regions of a thread as that has room for. So the threads of a team begin in a function here.
 *
 * At a barrier and in a taskwait a thread does what tasks there are, and so does not stand; it is taken to wait only
 * while it holds a lock, for which others may wait. So does the thread that came to a region at its end, which it waits
 * for within the runtime's call; of the others there it is not seen.
 */
#include "preload/hold/sync_point.h"
#include "preload/hooks/openmp.h"
#include "preload/store/recording.h"

#include <stdarg.h>

enum { TEAM_MOST = 64, MICROTASK_MOST = 14 };

typedef void microtask(int *, int *, ...);

/* On the stack of the thread that came to the region. What is handed over goes by addresses in it. */
struct region {
    void (*body)(void *);
    void *data;
    microtask *task;
    _Atomic uint32_t begun; /* threads */
    struct call end_call;   /* of who came to it; at the runtime's function, as no barrier has an address */
    const void *master;     /* its own of what is each thread's */
    char start, end[TEAM_MOST], met[2][TEAM_MOST];
};

static __thread struct {
    struct region *region; /* NULL: none */
    uint32_t number, rounds;
} member;

static void hand_over(const char *object, void (*noted)(uint64_t address))
{
    if (thread_watched() == NULL || self.handed == SYNC_HANDED || recording != RECORDING_ON)
        return;
    int error = self_enter();
    noted(ADDRESS(object));
    self_leave(error);
}

static void take_all(const struct region *r, const char *from)
{
    const uint32_t count = r->begun < TEAM_MOST ? r->begun : TEAM_MOST;
    for (uint32_t i = 0; i < count && self.handed != SYNC_HANDED; i++)
        hand_over(&from[i], sync_point_takes);
}

static uint32_t region_begins(struct region *r)
{
    const uint32_t number = atomic_fetch_add(&r->begun, 1);
    hand_over(&r->start, sync_point_takes);
    member.region = r;
    member.number = number;
    member.rounds = 0;
    return number;
}

/* The tasks that it executes meanwhile are watched. */
static void await_end(const struct region *r)
{
    const struct wait w = {.call = r->end_call};
    if (thread_watched() == NULL || r->master != &member || self.slot->held_end == 0 || thread_living() < 2)
        return;
    wait_announce(&w);
    self.slot = self.own;
}

static void region_ends(struct region *r, uint32_t number)
{
    if (number < TEAM_MOST)
        hand_over(&r->end[number], sync_point_gives);
    await_end(r);
}

#define REGION_BY(function) .master = &member, .end_call = {ADDRESS(function), KIND_OMP_BARRIER, CALL_SITE, CALL_FRAME}

/* In place of the body that the compiler made. */
static void run_body(void *region)
{
    struct region *r = region;
    const __typeof__(member) outer = member;
    const uint32_t number = region_begins(r);
    r->body(r->data);
    region_ends(r, number);
    member = outer;
}

#define REGION(name, version)                                                                                          \
    void toolkit_##name(void (*body)(void *), void *data, long a, long b, long c, long d, long e, long f)              \
    {                                                                                                                  \
        const struct openmp *o = openmp(CALL_SITE);                                                                    \
        struct region r = {.body = body, .data = data, REGION_BY(o->name)};                                            \
        if (unlikely(o->name == NULL))                                                                                 \
            return;                                                                                                    \
        hand_over(&r.start, sync_point_gives);                                                                         \
        o->name(run_body, &r, a, b, c, d, e, f);                                                                       \
        wait_announced_over(r.end_call.address);                                                                       \
        take_all(&r, r.end);                                                                                           \
    }                                                                                                                  \
    TOOLKIT_EXPORT(name, version);

REGION(GOMP_parallel, "GOMP_4.0")
REGION(GOMP_parallel_sections, "GOMP_4.0")
REGION(GOMP_parallel_loop_static, "GOMP_4.0")
REGION(GOMP_parallel_loop_dynamic, "GOMP_4.0")
REGION(GOMP_parallel_loop_guided, "GOMP_4.0")
REGION(GOMP_parallel_loop_runtime, "GOMP_4.0")
REGION(GOMP_parallel_loop_nonmonotonic_dynamic, "GOMP_4.5")
REGION(GOMP_parallel_loop_nonmonotonic_guided, "GOMP_4.5")
REGION(GOMP_parallel_loop_nonmonotonic_runtime, "GOMP_5.0")
REGION(GOMP_parallel_loop_maybe_nonmonotonic_runtime, "GOMP_5.0")

/* clang's: the arguments come one by one, all of them pointers. Who takes fewer than are passed ignores the rest. */
static void run_task(int *thread, int *bound, struct region *r, void *a0, void *a1, void *a2, void *a3, void *a4,
                     void *a5, void *a6, void *a7, void *a8, void *a9, void *a10, void *a11, void *a12, void *a13)
{
    const __typeof__(member) outer = member;
    const uint32_t number = region_begins(r);
    r->task(thread, bound, a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13);
    region_ends(r, number);
    member = outer;
}

void toolkit___kmpc_fork_call(void *place, int count, void *task, ...)
{
    const struct openmp *o = openmp(CALL_SITE);
    struct region r = {.task = (microtask *)task, REGION_BY(o->__kmpc_fork_call)};
    void *a[64] = {NULL};
    if (unlikely(o->__kmpc_fork_call == NULL))
        return;
    va_list list;
    va_start(list, task);
    for (int i = 0; i < count && i < 64; i++)
        a[i] = va_arg(list, void *); // NOLINT: clang-tidy 14 does not see va_start
    va_end(list);
    if (count > MICROTASK_MOST) {
        o->__kmpc_fork_call(place, count, task, a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7], a[8], a[9], a[10],
                            a[11], a[12], a[13], a[14], a[15], a[16], a[17], a[18], a[19], a[20], a[21], a[22], a[23],
                            a[24], a[25], a[26], a[27], a[28], a[29], a[30], a[31], a[32], a[33], a[34], a[35], a[36],
                            a[37], a[38], a[39], a[40], a[41], a[42], a[43], a[44], a[45], a[46], a[47], a[48], a[49],
                            a[50], a[51], a[52], a[53], a[54], a[55], a[56], a[57], a[58], a[59], a[60], a[61], a[62],
                            a[63]);
        return;
    }
    hand_over(&r.start, sync_point_gives);
    o->__kmpc_fork_call(place, count + 1, (void *)run_task, &r, a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7], a[8],
                        a[9], a[10], a[11], a[12], a[13]);
    wait_announced_over(r.end_call.address);
    take_all(&r, r.end);
}

TOOLKIT_EXPORT(__kmpc_fork_call, "VERSION");

/* --- waits for the rest of the team --- */

struct team_call {
    void (*plain)(void);
    void (*clang)(void *, int);
    int (*tasks)(void *, int);
    void *place;
    int thread, result;
};

static int team_wait_really(void *call)
{
    struct team_call *x = call;
    if (x->plain != NULL)
        x->plain();
    else if (x->clang != NULL)
        x->clang(x->place, x->thread);
    else if (x->tasks != NULL)
        x->result = x->tasks(x->place, x->thread);
    return 0;
}

/* What the team did before the barrier comes before what it does after. Two rounds never overlap by more than one. */
static char *barrier_begins(void)
{
    struct region *r = member.region;
    if (r == NULL || member.number >= TEAM_MOST || self.handed == SYNC_HANDED)
        return NULL;
    char *met = r->met[member.rounds++ % 2];
    hand_over(&met[member.number], sync_point_gives);
    return met;
}

/* `at`: the runtime's function, which stands for whatever it waits at. */
ALWAYS_INLINE void team_wait(struct team_call *x, uint16_t kind, const void *at, uint64_t site, uint64_t frame)
{
    const struct wait w = {.call = {ADDRESS(at), kind, site, frame}, .block = team_wait_really, .argument = x};
    const char *met = kind == KIND_OMP_BARRIER ? barrier_begins() : NULL;
    if (thread_watched() != NULL && (kind == KIND_OMP_ORDERED || self.slot->held_end != 0) && thread_living() > 1)
        wait_run(&w);
    else
        team_wait_really(x);
    if (met != NULL)
        take_all(member.region, met);
}

#define TEAM(name, kind, version)                                                                                      \
    void toolkit_##name(void)                                                                                          \
    {                                                                                                                  \
        struct team_call x = {.plain = openmp(CALL_SITE)->name};                                                       \
        team_wait(&x, kind, (const void *)x.plain, CALL_SITE, CALL_FRAME);                                             \
    }                                                                                                                  \
    TOOLKIT_EXPORT(name, version);

TEAM(GOMP_ordered_start, KIND_OMP_ORDERED, "GOMP_1.0")
TEAM(GOMP_barrier, KIND_OMP_BARRIER, "GOMP_1.0")
TEAM(GOMP_loop_end, KIND_OMP_BARRIER, "GOMP_1.0")
TEAM(GOMP_sections_end, KIND_OMP_BARRIER, "GOMP_1.0")
TEAM(GOMP_taskwait, KIND_OMP_TASKWAIT, "GOMP_2.0")
TEAM(GOMP_taskgroup_end, KIND_OMP_TASKWAIT, "GOMP_4.0")

#define TEAM_CLANG(name, kind)                                                                                         \
    void toolkit_##name(void *place, int thread)                                                                       \
    {                                                                                                                  \
        struct team_call x = {.clang = openmp(CALL_SITE)->name, .place = place, .thread = thread};                     \
        team_wait(&x, kind, (const void *)x.clang, CALL_SITE, CALL_FRAME);                                             \
    }                                                                                                                  \
    TOOLKIT_EXPORT(name, "VERSION");

TEAM_CLANG(__kmpc_ordered, KIND_OMP_ORDERED)
TEAM_CLANG(__kmpc_barrier, KIND_OMP_BARRIER)
TEAM_CLANG(__kmpc_end_taskgroup, KIND_OMP_TASKWAIT)

int toolkit___kmpc_omp_taskwait(void *place, int thread)
{
    struct team_call x = {.tasks = openmp(CALL_SITE)->__kmpc_omp_taskwait, .place = place, .thread = thread};
    team_wait(&x, KIND_OMP_TASKWAIT, (const void *)x.tasks, CALL_SITE, CALL_FRAME);
    return x.result;
}

TOOLKIT_EXPORT(__kmpc_omp_taskwait, "VERSION");
