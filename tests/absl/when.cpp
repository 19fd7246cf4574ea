// expect: deadlock error certain threads=2 locks=futex
// stderr-has: waits for Condition of absl::Mutex F1
// Likewise with a Condition: the mutex is released while it is awaited.
#include "tests/order.h"

#include <absl/synchronization/mutex.h>
#include <thread>

#ifndef HELD
#define HELD 1
#endif

static absl::Mutex config, state;
static bool done, seen;

int main()
{
    config.Lock();
    std::thread loader([] {
        await_step(1);
        config.Lock();
        config.Unlock();
        absl::MutexLock locked(&state);
        done = true;
        state.Await(absl::Condition(&seen));
    });
    step();
    if (!HELD)
        config.Unlock();
    state.LockWhen(absl::Condition(&done));
    seen = true;
    state.Unlock();
    if (HELD)
        config.Unlock();
    loader.join();
    return 0;
}
