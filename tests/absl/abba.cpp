// expect: deadlock error certain threads=2 locks=futex
// stderr-has: waits for absl::Mutex F1, held by a thread that lockwatch cannot name
// stderr-has: acquire such locks in one order
// abseil looks for cycles itself, where it was built with assertions: not here.
#include "tests/order.h"

#include <absl/synchronization/mutex.h>
#include <thread>

#ifndef OTHER_ORDER
#define OTHER_ORDER 1
#endif

static absl::Mutex accounts, journal;
static int entries;

static void both(absl::Mutex *first, absl::Mutex *second)
{
    absl::MutexLock a(first);
    if (OTHER_ORDER) {
        step();
        await_step(2);
    }
    absl::MutexLock b(second);
    entries++;
}

int main()
{
    absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
    std::thread writer([] {
        if (OTHER_ORDER)
            both(&journal, &accounts);
        else
            both(&accounts, &journal);
    });
    both(&accounts, &journal);
    writer.join();
    return entries == 2 ? 0 : 1;
}
