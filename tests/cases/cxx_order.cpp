// expect: lock-order warning threads=2 locks=audit,savings.lock
// json: f["count"] == 1

// std::lock_guard and std::unique_lock, in opposite orders, and one thread after the other.
#include "tests/order.h"
#include <mutex>
#include <thread>

struct account {
    int balance = 0;
    std::mutex lock;
};

static account savings;
static std::mutex audit;

static void pay_in()
{
    std::lock_guard own(savings.lock);
    std::unique_lock log(audit);
    savings.balance++;
    log.unlock();
    step();
}

static void check()
{
    await_step(1);
    std::lock_guard log(audit);
    std::lock_guard own(savings.lock);
    savings.balance--;
}

int main()
{
    std::thread one(pay_in), two(check);
    one.join();
    two.join();
    return savings.balance;
}
