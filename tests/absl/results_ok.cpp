// expect: none
// stdout-same: yes
// What locks return: tried, with a time-out, for reading and writing, and with conditions.
#include <absl/synchronization/mutex.h>
#include <absl/time/time.h>
#include <cstdio>
#include <thread>

static absl::Mutex mutex, table;
static absl::CondVar never;
static int count;
static bool no;

static void add()
{
    for (int i = 0; i < 10000; i++) {
        absl::MutexLock locked(&mutex);
        count++;
    }
}

int main()
{
    mutex.Lock();
    table.ReaderLock();
    std::thread([] {
        printf("%d %d %d\n", mutex.TryLock(), table.ReaderTryLock(), table.TryLock());
        table.ReaderUnlock();
    }).join();
    printf("%d %d\n", never.WaitWithTimeout(&mutex, absl::Milliseconds(5)),
           mutex.AwaitWithTimeout(absl::Condition(&no), absl::Milliseconds(5)));
    mutex.AssertHeld();
    mutex.Unlock();
    table.ReaderUnlock();
    printf("%d\n", mutex.LockWhenWithTimeout(absl::Condition(&no), absl::Milliseconds(5)));
    mutex.Unlock();
    std::thread one(add), two(add);
    one.join();
    two.join();
    printf("%d\n", count);
    return 0;
}
