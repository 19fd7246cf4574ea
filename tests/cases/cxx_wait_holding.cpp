// expect: wait-holding warning threads=2 locks=changed,outer

// The nested monitor in C++, in a run that goes well.
#ifndef HELD
#define HELD std::lock_guard hold(outer)
#endif
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

static std::mutex outer, inner;
static std::condition_variable changed;
static std::atomic<bool> passed;
static bool waiting, done;

static void waits()
{
    while (!passed)
        std::this_thread::yield();
    HELD;
    std::unique_lock lock(inner);
    waiting = true;
    changed.wait(lock, [] { return done; });
}

static void changes()
{
    {
        std::lock_guard pass(outer);
    }
    passed = true;
    for (bool all = false; !all; std::this_thread::yield()) {
        std::lock_guard lock(inner);
        if (waiting) {
            all = done = true;
            changed.notify_one();
        }
    }
}

int main()
{
    std::thread one(waits), other(changes);
    one.join();
    other.join();
}
