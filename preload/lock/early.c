#include "preload/lock/early.h"

#include "preload/lock/memory_filter.h"

#include <string.h>

enum { EARLY = 256 };
static struct early_lock early[EARLY];
static unsigned count;

struct early_lock *early_at(unsigned i)
{
    return i < count ? &early[i] : NULL;
}

struct early_lock *early_find(uint64_t address)
{
    for (unsigned i = 0; i < count; i++)
        if (early[i].address == address)
            return &early[i];
    return NULL;
}

void early_add(uint64_t address, const struct lock_traits *what, const char *name)
{
    struct early_lock *e = early_find(address);
    if (e == NULL && count < EARLY) {
        e = &early[count++];
        memory_filter_count(address, true);
    }
    if (e == NULL)
        return;
    *e = (struct early_lock){.address = address, .what = *what};
    if (name != NULL)
        strncpy(e->name, name, sizeof e->name - 1);
}

void early_end_within(uint64_t from, uint64_t size)
{
    for (unsigned i = 0; i < count;)
        if (early[i].address - from < size) {
            memory_filter_count(early[i].address, false);
            early[i] = early[--count];
        } else
            i++;
}

void early_clear(void)
{
    while (count > 0)
        memory_filter_count(early[--count].address, false);
}
