// expect: deadlock error certain threads=2 locks=a,b
// stderr-has: is blocked in a futex call that lockwatch did not see; it may be part of this.
// report-has: in a futex call that lockwatch did not see
// json: sorted(t["state"] for t in doc["threads"]) == ["futex", "waiting", "waiting", "waiting"]

// Two threads lock each other out; a third one waits at a std::latch, which lockwatch does not see, but the kernel
// tells that it sleeps.
#include <chrono>
#include <latch>
#include <mutex>
#include <thread>

static std::mutex a, b;
static std::latch never(1), both(2);

static void cross(std::mutex &first, std::mutex &second)
{
    std::lock_guard<std::mutex> outer(first);
    both.arrive_and_wait();
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    std::lock_guard<std::mutex> inner(second);
}

int main()
{
    std::thread waiter([] { never.wait(); });
    std::thread one([] { cross(a, b); });
    std::thread two([] { cross(b, a); });

    waiter.join();
    one.join();
    two.join();
    return 0;
}
