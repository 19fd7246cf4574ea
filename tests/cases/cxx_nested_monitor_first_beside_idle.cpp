// expect: deadlock warning likely threads=3
// limit: 6
// report-has: was never signalled so far, and every
// report-has: which never had anything to do with

// A nested monitor at the first wait ever, while a thread goes on that shares nothing with these. libstdc++ starts all
// threads by one routine, so they are distinguished by what that calls: a lambda has a type of its own.
#include "tests/order.h"
#include <condition_variable>
#include <mutex>
#include <thread>

static std::mutex outer, inner;
static std::condition_variable nonempty;
static int items;

int main()
{
    std::thread idle([] {
        for (;;)
            usleep(10000);
    });
    std::thread consumer([] {
        std::lock_guard<std::mutex> around(outer);
        step();
        std::unique_lock<std::mutex> lock(inner);
        nonempty.wait(lock, [] { return items > 0; });
    });
    std::thread producer([] {
        await_step(1);
        std::lock_guard<std::mutex> around(outer);
        std::lock_guard<std::mutex> lock(inner);
        items++;
        nonempty.notify_one();
    });
    producer.join();
    consumer.join();
    idle.join();
}
