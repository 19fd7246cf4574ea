// expect: deadlock error certain threads=2 locks=m,futex
// report-has: no thread has woken

// A future is waited for while holding the mutex that who keeps the promise needs first.
#include <future>
#include <mutex>
#include <thread>

#ifndef RELEASE
#define RELEASE 0
#endif

static std::mutex m;

int main()
{
    std::promise<int> promise;
    std::future<int> future = promise.get_future();
    std::unique_lock<std::mutex> held(m);
    std::thread keeper([&] {
        std::lock_guard<std::mutex> guard(m);
        promise.set_value(1);
    });

    if (RELEASE)
        held.unlock();
    int value = future.get();
    if (!RELEASE)
        held.unlock();
    keeper.join();
    return value - 1;
}
