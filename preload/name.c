#include "preload/name.h"

#include "preload/arena.h"
#include "preload/index.h"

#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

enum { HEADS = 1024, NAME_SIZE = 64 };

struct name {
    uint64_t address;
    struct name *next;
    char text[NAME_SIZE];
};

static _Atomic(struct name *) head[HEADS];
static struct arena_pool names = {.size = sizeof(struct name)};

static _Atomic(struct name *) *head_of(uint64_t address)
{
    return &head[index_mix(address) >> 20 & (HEADS - 1)];
}

bool name_any(uint64_t address)
{
    return atomic_load_explicit(head_of(address), memory_order_acquire) != NULL;
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

bool name_give(uint64_t address, const char *text)
{
    struct name *n = find(address);
    if (n == NULL && (n = arena_pool_get(&names)) != NULL) {
        *n = (struct name){.address = address, .next = *head_of(address)};
        atomic_store(head_of(address), n);
    }
    if (n == NULL)
        return false;
    memset(n->text, 0, sizeof n->text);
    strncpy(n->text, text, sizeof n->text - 1);
    return true;
}

void name_take(uint64_t address)
{
    struct name *before = NULL, *n = *head_of(address);
    for (; n != NULL && n->address != address; n = n->next)
        before = n;
    if (n == NULL)
        return;
    if (before != NULL)
        before->next = n->next;
    else
        atomic_store(head_of(address), n->next);
    arena_pool_put(&names, n);
}
