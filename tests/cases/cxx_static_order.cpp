// expect: lock-order warning threads=2 locks=m,table()::made

// A thread waits until a static is made, while holding a mutex; the maker locked it, too, a little earlier.
#include "tests/order.h"
#include <mutex>
#include <thread>

#ifndef HOLD
#define HOLD 1
#endif

static std::mutex m;

static int make()
{
    {
        std::lock_guard<std::mutex> guard(m);
    }
    step();
    while (order_asleep(0, -1UL) < 2) // main in the join, and who waits for the static
        sched_yield();
    return 1;
}

static int table()
{
    static int made = make();
    return made;
}

static void use()
{
    std::unique_lock<std::mutex> guard(m, std::defer_lock);

    await_step(1);
    if (HOLD)
        guard.lock();
    table();
}

int main()
{
    std::thread maker(table), user(use);

    maker.join();
    user.join();
    return 0;
}
