#include "preload/hold/known_paths.h"

#include "preload/hold/held_list.h"
#include "preload/os/arena.h"
#include "preload/os/fork_zeroed.h"
#include "preload/os/raw_lock.h"
#include "preload/os/sandbox.h"

#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>

/* Beside each entry. */
struct known_node {
    uint32_t node;
    uint32_t hits;    /* that `left` counts down from */
    uint32_t address; /* the low half of that of the node's lock: the node may be another's by now */
    uint32_t round;   /* in which it was added */
};

enum { SIZE = 512, GROWTH = 4, LARGEST = 1 << 20, HITS_MOST = 1 << 30 };
static const uint64_t ALL_MOST = 128 << 20; /* bytes of grown tables of all threads */

struct known_paths {
    struct known_path *entry; /* the first word of a free one is the pool's */
    struct known_node *node;
    uint32_t size;
    uint32_t round;   /* how often it was cleared */
    uint32_t dropped; /* entries of this round, for want of room */
    uint32_t missed;  /* added since, though their nodes were there already */
    bool listed;
    struct known_paths *next;
    struct known_post post[KNOWN_POSTS];
    struct known_path first_entry[SIZE] __attribute__((aligned(64)));
    struct known_node first_node[SIZE];
};

static void *pool FORK_ZEROED;
static struct known_paths *all FORK_ZEROED; /* that there ever were */
static _Atomic uint64_t grown FORK_ZEROED;

static void use(struct known_paths *p, struct known_path *entry, struct known_node *node, uint32_t size)
{
    p->entry = entry;
    p->node = node;
    p->size = size;
    self.known = entry;
    self.known_mask = (size - 2) * sizeof *entry;
}

bool known_paths_ready(void)
{
    if (self.known_paths != NULL)
        return true;
    struct signals_saved l = raw_lock_acquire();
    struct known_paths *p = arena_pool_get(&pool, sizeof *p);
    if (p != NULL) {
        if (!p->listed)
            p->next = all, p->listed = true, all = p;
        memset(p->post, 0, sizeof p->post);
        memset(p->first_entry, 0, sizeof p->first_entry);
        self.known_paths = p;
        self.known_posts = p->post;
        use(p, p->first_entry, p->first_node, SIZE);
    }
    raw_lock_release(l);
    if (p == NULL)
        record_mark_incomplete(&ours, INCOMPLETE_HOLDS);
    return p != NULL;
}

/* --- counts --- */

static void add_hits(const struct known_node *n, uint32_t hits)
{
    struct hold *h = record_hold(&ours, n->node);
    /* The lock may be gone, and the node another's. */
    if (h == NULL || h->lock == 0 || (uint32_t)h->address != n->address)
        return;
    if (atomic_fetch_add_explicit(&h->count, hits, memory_order_relaxed) > UINT32_MAX / 2)
        h->count = UINT32_MAX / 2;
}

/* After 1, 2, 4 … more. */
void known_paths_count(struct known_path *k)
{
    struct known_node *n = &self.known_paths->node[k - self.known];
    add_hits(n, n->hits);
    n->hits = n->hits < HITS_MOST ? n->hits * 2 : n->hits;
    k->left = n->hits;
}

static void add_rest(const struct known_path *k, const struct known_node *n)
{
    if (k->tag != 0 && n->hits != k->left)
        add_hits(n, n->hits - k->left);
}

static void settle(const struct known_paths *p)
{
    for (uint32_t i = 0; i < p->size; i++)
        add_rest(&p->entry[i], &p->node[i]);
}

uint32_t known_paths_node(const struct known_path *k)
{
    return self.known_paths->node[k - self.known].node;
}

/* --- adding --- */

/* In place of one of an earlier round, or of the one that was added first. */
static void put(struct known_paths *p, const struct known_path *entry, const struct known_node *node)
{
    struct known_path *k = known_paths_set(entry->tag);
    struct known_node *n = &p->node[k - p->entry];
    bool free = k[0].tag == 0 || n[0].round != p->round;
    if (!free) {
        p->dropped += k[1].tag != 0 && n[1].round == p->round;
        add_rest(&k[1], &n[1]);
        k[1] = k[0], n[1] = n[0];
    } else
        add_rest(&k[0], &n[0]);
    k[0] = *entry;
    n[0] = *node;
}

/* Large pages, as such a table is read at random. */
static void *get_memory(size_t size)
{
    if (sandbox_shut || atomic_fetch_add(&grown, size) + size > ALL_MOST)
        return NULL;
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return NULL;
    madvise(memory, size, MADV_HUGEPAGE);
    return memory;
}

static void grow(struct known_paths *p)
{
    uint32_t size = p->size * GROWTH;
    p->dropped = p->missed = 0;
    struct known_path *entry = size <= LARGEST ? get_memory(size * (sizeof *p->entry + sizeof *p->node)) : NULL;
    if (entry == NULL)
        return;
    struct known_path *const old_entry = p->entry;
    const struct known_node *const old_node = p->node;
    const uint32_t old_size = p->size;
    struct signals_saved l = raw_lock_acquire(); /* others may settle all tables */
    use(p, entry, (struct known_node *)(void *)(entry + size), size);
    for (uint32_t i = 0; i < old_size; i++)
        if (old_entry[i].tag != 0 && old_node[i].round == p->round)
            put(p, &old_entry[i], &old_node[i]);
        else
            add_rest(&old_entry[i], &old_node[i]);
    raw_lock_release(l);
    if (old_size != SIZE) {
        munmap(old_entry, old_size * (sizeof *old_entry + sizeof *old_node));
        atomic_fetch_sub(&grown, old_size * (sizeof *old_entry + sizeof *old_node));
    }
}

void known_paths_add(uint64_t tag, uint32_t age, uint32_t node, bool found)
{
    struct known_paths *p = self.known_paths;
    const struct known_path entry = {.tag = tag, .age = age, .left = 1};
    const struct known_node beside = {
        .node = node, .hits = 1, .address = (uint32_t)record_hold(&ours, node)->address, .round = p->round};
    put(p, &entry, &beside);
    p->missed += found && p->dropped != 0;
    if (p->missed >= p->size / 2)
        grow(p);
}

void known_paths_add_post(uint64_t address, uint32_t wake)
{
    self.known_posts[address / 16 % KNOWN_POSTS] =
        (struct known_post){.address = address, .generation = (uint32_t)lock_generation(address), .wake = wake};
}

/* --- forgetting --- */

void known_paths_clear(struct thread *t)
{
    struct known_paths *p = self.known_paths;
    held_list_new_hashes(t);
    if (p == NULL)
        return;
    p->round++;
    p->dropped = p->missed = 0;
    memset(p->post, 0, sizeof p->post);
}

static void release_memory(struct known_paths *p)
{
    size_t size = p->size * (sizeof *p->entry + sizeof *p->node);
    if (p->entry == p->first_entry || sandbox_shut)
        return;
    munmap(p->entry, size);
    atomic_fetch_sub(&grown, size);
}

void known_paths_end(void)
{
    struct known_paths *p = self.known_paths;
    if (p == NULL)
        return;
    struct signals_saved l = raw_lock_acquire();
    settle(p);
    release_memory(p);
    p->size = 0;
    self.known = self_known_nothing;
    self.known_mask = 0;
    self.known_paths = NULL;
    self.known_posts = NULL;
    arena_pool_put(&pool, p);
    raw_lock_release(l);
}

void known_paths_reset(void)
{
    struct known_paths *p = self.known_paths;
    if (p == NULL)
        return;
    if (p->entry != p->first_entry && !sandbox_shut)
        munmap(p->entry, p->size * (sizeof *p->entry + sizeof *p->node));
    memset(p->first_entry, 0, sizeof p->first_entry);
    memset(p->post, 0, sizeof p->post);
    use(p, p->first_entry, p->first_node, SIZE);
    p->next = NULL;
    all = p;
}

void known_paths_flush(void)
{
    struct signals_saved l = raw_lock_acquire();
    for (struct known_paths *p = all; p != NULL; p = p->next)
        settle(p);
    raw_lock_release(l);
}
