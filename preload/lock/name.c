#include "preload/lock/name.h"

#include "preload/lock/lock_index.h"
#include "preload/lock/memory_filter.h"
#include "preload/os/arena.h"
#include "preload/os/fork_zeroed.h"
#include "preload/os/index.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum { HEADS = 1024, NAME_SIZE = 64 };

struct name {
    uint64_t address;
    _Atomic(struct name *) next;
    bool numbered;
    char text[NAME_SIZE];
};

static _Atomic(struct name *) head[HEADS];
static _Atomic uint32_t count;
static void *pool FORK_ZEROED;

static _Atomic(struct name *) *head_of(uint64_t address)
{
    return &head[index_mix(address / ADDRESS_NEAR) >> 20 & (HEADS - 1)];
}

static struct name *find(uint64_t address)
{
    struct name *n = *head_of(address);
    while (n != NULL && n->address != address)
        n = n->next;
    return n;
}

const char *name_of(uint64_t address)
{
    const struct name *n = find(address);
    return n != NULL ? n->text : NULL;
}

bool name_is_numbered(uint64_t address)
{
    const struct name *n = find(address);
    return n != NULL && n->numbered;
}

bool name_give(uint64_t address, const char *text)
{
    struct name *n = find(address);
    if (n == NULL && (n = arena_pool_get(&pool, sizeof *n)) != NULL) {
        n->address = address;
        n->next = *head_of(address);
        atomic_store(head_of(address), n);
        count++;
        memory_filter_count(address, true);
    }
    if (n == NULL)
        return false;
    n->numbered = false;
    memset(n->text, 0, sizeof n->text);
    strncpy(n->text, text, sizeof n->text - 1);
    return true;
}

enum { CLASSES = 256, CLASS_SIZE = 48 };
static struct {
    char text[CLASS_SIZE];
    uint32_t members;
} class[CLASSES];

void name_number(uint64_t address, const char *text)
{
    char name[NAME_SIZE], start[CLASS_SIZE] = "";
    unsigned i = 0;
    strncpy(start, text, sizeof start - 1);
    while (i < CLASSES && class[i].members != 0 && strcmp(class[i].text, start) != 0)
        i++;
    if (i == CLASSES) {
        name_give(address, start);
        return;
    }
    memcpy(class[i].text, start, sizeof start);
    snprintf(name, sizeof name, "%s[%u]", start, class[i].members++);
    if (name_give(address, name))
        find(address)->numbered = true;
}

/* The place that leads to a name among these bytes, of those at `at` or behind it; NULL: there is none. */
static _Atomic(struct name *) *next_within(_Atomic(struct name *) *at, uint64_t from, uint64_t size)
{
    for (struct name *n; (n = *at) != NULL; at = &n->next)
        if (n->address - from < size)
            return at;
    return NULL;
}

/* How many lists may have names of these bytes: of much memory that is all of them. */
static uint32_t lists_of(uint64_t from, uint64_t size)
{
    uint64_t lists = (from + size - 1) / ADDRESS_NEAR - from / ADDRESS_NEAR + 1;
    return count == 0 ? 0 : lists < HEADS ? (uint32_t)lists : HEADS;
}

static _Atomic(struct name *) *list_at(uint64_t from, uint32_t lists, uint32_t i)
{
    return lists < HEADS ? head_of(from + (uint64_t)i * ADDRESS_NEAR) : &head[i];
}

bool name_any_within(uint64_t from, uint64_t size)
{
    uint32_t lists = lists_of(from, size);
    for (uint32_t i = 0; i < lists; i++)
        if (next_within(list_at(from, lists, i), from, size) != NULL)
            return true;
    return false;
}

static void take(_Atomic(struct name *) *at)
{
    struct name *n = *at;
    atomic_store(at, n->next);
    atomic_fetch_add(&lock_index_moves, 2);
    count--;
    memory_filter_count(n->address, false);
    arena_pool_put(&pool, n);
}

void name_take_within(uint64_t from, uint64_t size)
{
    uint32_t lists = lists_of(from, size);
    for (uint32_t i = 0; i < lists; i++) {
        _Atomic(struct name *) *at = list_at(from, lists, i);
        while ((at = next_within(at, from, size)) != NULL)
            take(at);
    }
}
