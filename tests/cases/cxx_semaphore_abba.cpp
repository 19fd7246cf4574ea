// expect: deadlock error certain threads=3 locks=a,b,thread
// report-has: whose owner lockwatch cannot name

// std::binary_semaphore as a lock, two of them in two orders: libstdc++ waits in futexes, and who holds one is not
// seen; but nobody is left.
#include "tests/order.h"
#include <semaphore>
#include <thread>

#ifndef SAME_ORDER
#define SAME_ORDER 0
#endif

static std::binary_semaphore a(1), b(1);

static void one()
{
    a.acquire();
    step();
    if (!SAME_ORDER)
        await_step(2);
    b.acquire();
    b.release();
    a.release();
}

static void two()
{
    std::binary_semaphore &first = SAME_ORDER ? a : b, &second = SAME_ORDER ? b : a;

    first.acquire();
    step();
    if (!SAME_ORDER)
        await_step(2);
    second.acquire();
    second.release();
    first.release();
}

int main()
{
    std::thread p(one), q(two);

    p.join();
    q.join();
    return 0;
}
