// expect: lock-order warning threads=2
// json: f["count"] == 4

// Four pairs in one container, each taken in both orders by the same two pieces of code: one finding.
#include "tests/order.h"
#include <mutex>
#include <thread>
#include <vector>

struct pair {
    std::mutex left, right;
};

static std::vector<pair> pairs(4);

static void one()
{
    for (pair &p : pairs) {
        std::lock_guard first(p.left);
        std::lock_guard second(p.right);
    }
    step();
}

static void two()
{
    await_step(1);
    for (pair &p : pairs) {
        std::lock_guard first(p.right);
        std::lock_guard second(p.left);
    }
}

int main()
{
    std::thread t1(one), t2(two);
    t1.join();
    t2.join();
    return 0;
}
