#include "preload/hooks/toolkit.h"

int toolkit_block(void *step)
{
    const struct toolkit_step *s = step;
    toolkit_closed(s->really, s->object);
    return 0;
}

/* --- acquired again --- */

enum { AGAIN = 16 };
static __thread struct {
    uint64_t address;
    uint32_t times;
} again[AGAIN];
static __thread int again_end; /* none are used from here on */

static int place_of(uint64_t address)
{
    int unused = again_end;
    for (int i = 0; i < again_end; i++)
        if (again[i].times == 0)
            unused = i;
        else if (again[i].address == address)
            return i;
    return unused;
}

bool toolkit_again(uint64_t address)
{
    if (self.slot->held_end == 0 || held_list_find(self.slot, address) == 0)
        return false;
    int at = place_of(address);
    if (at < AGAIN) {
        again[at].address = address;
        again[at].times++;
        again_end = at < again_end ? again_end : at + 1;
    }
    return true;
}

bool toolkit_not_last(uint64_t address)
{
    int at = place_of(address);
    if (at == again_end || again[at].times == 0)
        return false;
    again[at].times--;
    while (again_end != 0 && again[again_end - 1].times == 0)
        again_end--;
    return true;
}

void toolkit_initialised(const struct call *c)
{
    int at = place_of(c->address);
    if (at < again_end)
        again[at].times = 0;
    lock_begin(c->address, birthplace_note(c->site, c->frame));
}
