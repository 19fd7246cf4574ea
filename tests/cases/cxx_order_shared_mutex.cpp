// expect: lock-order warning threads=2 locks=a,b

// std::shared_mutex: one reads them in this order, the other writes them in that.
#include "tests/order.h"
#include <mutex>
#include <shared_mutex>
#include <thread>

static std::shared_mutex a, b;

static void one()
{
    std::shared_lock first(a), second(b);
    step();
}

static void two()
{
    await_step(1);
    std::unique_lock first(b), second(a);
}

int main()
{
    std::thread t1(one), t2(two);
    t1.join();
    t2.join();
    return 0;
}
