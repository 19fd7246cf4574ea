#include "preload/hooks/lifecycle.h"
#include "preload/wait/wait.h"

int lifecycle_destroy_waiting(struct call call, int (*destroy)(void *lock))
{
    const struct lifecycle l = lifecycle_destroy(call);
    const struct wait w = {
        .call = call, .how = WANT_END, .block = destroy, .argument = (void *)(uintptr_t)call.address};
    return lifecycle_destroyed(l, l.suspicious && self.slot != NULL ? wait_run(&w) : destroy(w.argument));
}
