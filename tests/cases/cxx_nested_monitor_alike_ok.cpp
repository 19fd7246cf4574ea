// expect: none

// Likewise, but the thread that runs beside them is of the kind of the one that waits, and makes what that waits for,
// five seconds later. So are two threads made of functions with the same parameters.
#include "tests/order.h"
#include <condition_variable>
#include <mutex>
#include <thread>

static std::mutex outer[2], inner[2];
static std::condition_variable nonempty[2];
static int items[2];

static void make(int i)
{
    sleep(5);
    std::lock_guard<std::mutex> lock(inner[i]);
    items[i]++;
    nonempty[i].notify_one();
}

static void take(int i)
{
    std::lock_guard<std::mutex> around(outer[i]);
    step();
    std::unique_lock<std::mutex> lock(inner[i]);
    nonempty[i].wait(lock, [=] { return items[i] > 0; });
}

int main()
{
    auto either = [](bool makes) {
        if (makes)
            make(0);
        else
            take(0);
    };
    std::thread threads[] = {std::thread(either, true), std::thread(either, false), std::thread(make, 1),
                             std::thread(take, 1)};
    await_step(2);
    std::thread behind[] = {std::thread([] { std::lock_guard<std::mutex> lock(outer[0]); }),
                            std::thread([] { std::lock_guard<std::mutex> lock(outer[1]); })};
    for (auto &t : behind)
        t.join();
    for (auto &t : threads)
        t.join();
}
