#include "preload/hold/sync_point.h"

#include "preload/hold/epoch.h"
#include "preload/lock/lock_index.h"
#include "preload/os/arena.h"
#include "preload/os/fork_zeroed.h"
#include "preload/os/raw_lock.h"
#include "preload/store/recording.h"

#include <stdatomic.h>
#include <string.h>

enum { OBJECTS = 1024, PROBES = 8 };

/* A semaphore, barrier or once control. It gives way to another only once its lock has ended: as long as it lives, more
 * threads may post it. */
struct object {
    uint32_t lock, generation;
    uint32_t epoch;            /* that stands for it */
    uint32_t poster;           /* thread.serial */
    uint32_t posts;            /* counted up to SYNC_EACH */
    uint32_t point[SYNC_EACH]; /* of each post or round, the newest; of a once control: [0] */
};
static struct object objects[OBJECTS] FORK_ZEROED;
_Atomic uint32_t sync_point_routines FORK_ZEROED;

/* --- under the raw lock --- */

static bool is_current(const struct object *o)
{
    return o->lock != 0 && lock_at(o->lock)->generation == o->generation &&
           (lock_at(o->lock)->traits & TRAIT_ENDED) == 0;
}

static struct object *find_object(uint32_t lock)
{
    for (uint32_t i = 0; i < PROBES; i++) {
        struct object *o = &objects[(lock + i) % OBJECTS];
        if (o->lock == lock && is_current(o))
            return o;
    }
    return NULL;
}

static uint32_t add_epoch(const struct epoch *like)
{
    uint32_t id = record_used(&ours, TABLE_EPOCHS) < EPOCHS_MOST ? record_reserve(&ours, TABLE_EPOCHS, 1) : 0;
    if (id == 0)
        return 0;
    *epoch_at(id) = *like;
    record_commit(&ours, TABLE_EPOCHS, id, 1);
    return id;
}

/* `most`: threads that may post it, or arrive there; SYNC_ONCE. */
static struct object *add_object(uint32_t lock, uint32_t most)
{
    for (uint32_t i = 0; i < PROBES; i++) {
        struct object *o = &objects[(lock + i) % OBJECTS];
        if (is_current(o))
            continue;
        uint32_t epoch = add_epoch(&(struct epoch){.phase = most});
        if (epoch == 0)
            return NULL;
        *o = (struct object){.lock = lock, .generation = lock_at(lock)->generation, .epoch = epoch};
        return o;
    }
    return NULL;
}

static void refuse(const struct object *o)
{
    if (o != NULL)
        epoch_at(o->epoch)->tid = UINT32_MAX;
}

/* What the thread did so far comes before what follows point `at`; `before`: a point that does, too. */
static void add_point(const struct object *o, uint32_t *at, uint32_t before, uint32_t last)
{
    uint32_t id = last == 0 ? 0 : add_epoch(&(struct epoch){.thread = o->epoch, .before = before, .joined = {last}});
    if (id != 0)
        *at = id;
}

/* --- how often --- */

/* How often the thread did this, now included; 0: that is over, or forgotten. */
static struct sync_seen *see(uint64_t address)
{
    struct sync_seen *s = sync_point_seen(address);
    if (s->address != address || s->generation != lock_generation(address))
        *s = (struct sync_seen){.address = address, .generation = lock_generation(address)};
    return s;
}

static uint32_t count_time(uint64_t address)
{
    return sync_point_over(address) ? 0 : ++see(address)->times;
}

static void thread_passed(uint32_t point)
{
    if (point == 0)
        return;
    self.sync_points++;
    epoch_join(point);
}

/* --- semaphores --- */

/* Posts that were not seen, of the parent of a fork or before there was a record, would let a wait come too early. */
static struct object *add_semaphore(uint32_t lock)
{
    enum { UNFIT = TRAIT_SHARED | TRAIT_WAKER_UNKNOWN | TRAIT_POSTED };
    const struct lock *l = lock_at(lock);
    if ((l->traits & (UNFIT | TRAIT_VALUE_KNOWN)) != TRAIT_VALUE_KNOWN || l->value != 0 || recording_forked)
        return NULL;
    return add_object(lock, 1);
}

/* Whether the object is one that this thread alone has posted. */
static bool is_only_poster(struct object *o, bool unknown)
{
    if (o->poster == 0 && !unknown) {
        o->poster = self.own->serial;
        epoch_at(o->epoch)->tid = 1;
    }
    bool only = !unknown && o->poster == self.own->serial && epoch_at(o->epoch)->tid == 1;
    if (!only)
        refuse(o);
    return only;
}

void sync_point_posts(uint32_t lock, bool unknown)
{
    struct sync_seen *s = see(lock_at(lock)->address);
    bool over = sync_point_posts_over(s->address);
    uint32_t last = over ? 0 : epoch_point();
    struct signals_saved l = raw_lock_acquire();
    struct object *o = find_object(lock);
    if (o == NULL && !over && !unknown)
        o = add_semaphore(lock);
    if (o == NULL || !is_only_poster(o, unknown) || o->posts == SYNC_EACH)
        over = true;
    if (!over)
        add_point(o, &o->point[o->posts++], 0, last);
    raw_lock_release(l);
    s->posts = over ? SYNC_EACH : (uint8_t)(s->posts + 1);
    if (over)
        return;
    self.sync_points++;
    epoch_part();
}

static uint32_t point_of_wait(uint32_t lock, uint32_t times)
{
    struct signals_saved l = raw_lock_acquire();
    const struct object *o = find_object(lock);
    uint32_t point = 0;
    if (o != NULL && (lock_at(lock)->kind == KIND_BARRIER || times <= o->posts))
        point = o->point[times - 1];
    raw_lock_release(l);
    return point;
}

void sync_point_is_lock(uint32_t lock)
{
    struct signals_saved l = raw_lock_acquire();
    refuse(find_object(lock));
    raw_lock_release(l);
}

/* --- barriers --- */

/* A thread that was forgotten counts again, and is one too many. */
static void arrive(uint32_t lock, uint32_t times, uint32_t last)
{
    struct signals_saved l = raw_lock_acquire();
    struct object *o = find_object(lock);
    if (o == NULL && (lock_at(lock)->traits & (TRAIT_SHARED | TRAIT_VALUE_KNOWN)) == TRAIT_VALUE_KNOWN)
        o = add_object(lock, lock_at(lock)->value);
    if (o != NULL) {
        atomic_fetch_add(&epoch_at(o->epoch)->tid, times == 1);
        add_point(o, &o->point[times - 1], o->point[times - 1], last);
    }
    raw_lock_release(l);
    self.sync_points++;
    epoch_part();
}

void sync_point_arrives(uint64_t address)
{
    int error = self_enter();
    uint32_t lock = lock_find(address);
    if (lock != 0)
        arrive(lock, count_time(address), epoch_point());
    self_leave(error);
}

void sync_point_waited(uint64_t address)
{
    int error = self_enter();
    uint32_t lock = lock_find(address);
    bool barrier = lock != 0 && lock_at(lock)->kind == KIND_BARRIER;
    uint32_t times = barrier ? sync_point_seen(address)->times : count_time(address);
    if (lock != 0 && times != 0)
        thread_passed(point_of_wait(lock, times));
    self_leave(error);
}

/* --- once controls --- */

uint32_t sync_point_routine_begins(void)
{
    int error = self_enter();
    epoch_point();
    epoch_part();
    self_leave(error);
    return ours.header != NULL ? record_used(&ours, TABLE_EPOCHS) : 1;
}

/* What the routine recorded has ids from `begun` on. */
static void add_routine(uint32_t lock, uint32_t begun, uint32_t last)
{
    struct signals_saved l = raw_lock_acquire();
    struct object *o = find_object(lock);
    if (o == NULL)
        o = add_object(lock, SYNC_ONCE);
    if (o != NULL) {
        add_point(o, &o->point[0], begun, last);
        sync_point_routines++;
    }
    raw_lock_release(l);
}

void sync_point_routine_ended(uint64_t control, uint32_t begun)
{
    int error = self_enter();
    uint32_t last = epoch_point(), lock = lock_find(control);
    epoch_part();
    if (last >= begun && lock != 0)
        add_routine(lock, begun, last);
    self_leave(error);
}

void sync_point_passed_really(uint64_t control)
{
    int error = self_enter();
    struct sync_seen *s = sync_point_seen(control);
    uint32_t lock = lock_find(control), point = 0;
    if (lock != 0 && count_time(control) != 0) {
        struct signals_saved l = raw_lock_acquire();
        const struct object *o = find_object(lock);
        point = o != NULL ? o->point[0] : 0;
        raw_lock_release(l);
        s->times = point != 0 ? SYNC_EACH : 0;
    }
    thread_passed(point);
    self_leave(error);
}

/* --- what is handed over --- */

/* By address; a newer one takes the place of an older one. */
enum { HANDED = 4096 };
struct handed {
    uint64_t address;
    uint32_t point;
};
static struct handed *handed FORK_ZEROED;
static uint32_t handing FORK_ZEROED; /* the epoch that stands for all of it */

static struct handed *handed_at(uint64_t address)
{
    return &handed[address * 0x9E3779B97F4A7C15u >> 52];
}

/* Under the raw lock. */
static bool handed_ready(void)
{
    if (handed == NULL)
        handed = arena_get(HANDED * sizeof *handed);
    if (handing == 0)
        handing = add_epoch(&(struct epoch){.phase = 1});
    return handed != NULL && handing != 0;
}

void sync_point_gives(uint64_t address)
{
    if (self.handed == SYNC_HANDED)
        return;
    uint32_t last = epoch_point();
    struct signals_saved l = raw_lock_acquire();
    if (last != 0 && handed_ready())
        *handed_at(address) = (struct handed){address, add_epoch(&(struct epoch){.thread = handing, .joined = {last}})};
    raw_lock_release(l);
    self.handed++;
    epoch_part();
}

void sync_point_takes(uint64_t address)
{
    if (self.handed == SYNC_HANDED)
        return;
    struct signals_saved l = raw_lock_acquire();
    uint32_t point = handed != NULL && handed_at(address)->address == address ? handed_at(address)->point : 0;
    raw_lock_release(l);
    self.handed += point != 0;
    if (point != 0)
        epoch_join(point);
}

void sync_point_reset(void)
{
    memset(self.sync_seen, 0, sizeof self.sync_seen);
    self.sync_points = self.handed = 0;
}
