// expect: deadlock error certain threads=2 locks=futex
// stderr-has: waits for absl::Notification F1
// stderr-has: every thread that could notify F1
// Each thread waits to be notified before it notifies.
#include <absl/synchronization/notification.h>
#include <thread>

#ifndef BEGUN
#define BEGUN 0
#endif

static absl::Notification begin, ended;

int main()
{
    std::thread worker([] {
        begin.WaitForNotification();
        ended.Notify();
    });
    if (BEGUN)
        begin.Notify();
    ended.WaitForNotification();
    worker.join();
    return 0;
}
