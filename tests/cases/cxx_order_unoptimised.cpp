// expect: lock-order warning threads=2 locks=a,b
// where: machine == "x86_64"
// json: {20, 28} <= {x["line"] for t in f["threads"] for h in t["holds"] for x in h["stack"]}
// json: not {21, 29} & {x["line"] for t in f["threads"] for h in t["holds"] for x in h["stack"]}
// json: {21, 29} <= {x["line"] for t in f["threads"] for x in t["waits"]["stack"]}

// Without optimisation std::lock_guard is three calls deep, and all of them have returned when the second lock is
// taken, by three calls that stand where the first ones stood. The first lock is shown with its own line all the same.
#ifndef __clang__
#pragma GCC optimize("O0", "no-omit-frame-pointer")
#endif
#include "tests/order.h"
#include <mutex>
#include <thread>

static std::mutex a, b;

static void one()
{
    std::lock_guard<std::mutex> first(a);
    std::lock_guard<std::mutex> second(b);
    step();
}

static void two()
{
    await_step(1);
    std::lock_guard<std::mutex> first(b);
    std::lock_guard<std::mutex> second(a);
}

int main()
{
    std::thread t1(one), t2(two);
    t1.join();
    t2.join();
    return 0;
}
