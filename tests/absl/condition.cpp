// expect: deadlock error certain threads=2 locks=futex
// stderr-has: waits on absl::CondVar F1, never woken so far
// stderr-has: waits for absl::Mutex F2, held by a thread that lockwatch cannot name
// The thread that would signal needs what the other one keeps while it waits.
#include "tests/order.h"

#include <absl/synchronization/mutex.h>
#include <thread>

#ifndef HELD
#define HELD 1
#endif

static absl::Mutex config, state;
static absl::CondVar ready;
static bool done;

int main()
{
    config.Lock();
    std::thread loader([] {
        await_step(1);
        config.Lock();
        config.Unlock();
        absl::MutexLock locked(&state);
        done = true;
        ready.Signal();
    });
    step();
    if (!HELD)
        config.Unlock();
    state.Lock();
    while (!done)
        ready.Wait(&state);
    state.Unlock();
    if (HELD)
        config.Unlock();
    loader.join();
    return 0;
}
