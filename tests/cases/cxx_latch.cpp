// expect: deadlock error certain threads=2 locks=never,thread
// json: "futex" in [l["kind"] for l in f["locks"]]

// One thread waits at a std::latch that nobody counts down, main for that thread.
#include <latch>
#include <thread>

#ifndef COUNT
#define COUNT 0
#endif

static std::latch never(1);

int main()
{
    std::thread waiter([] { never.wait(); });

    if (COUNT)
        never.count_down();
    waiter.join();
    return 0;
}
