// expect: deadlock error certain threads=2 locks=a,b

// The mutexes of C++, by lock_guard, in opposite orders.
#include <atomic>
#include <mutex>
#include <thread>

static std::mutex a, b;
static std::atomic<int> arrived;

static void take_both(std::mutex &first, std::mutex &second)
{
    std::lock_guard<std::mutex> outer(first);

    arrived++;
    while (arrived < 2)
        std::this_thread::yield();
    std::lock_guard<std::mutex> inner(second);
}

int main()
{
    std::thread forward(take_both, std::ref(a), std::ref(b));
    std::thread backward(take_both, std::ref(b), std::ref(a));

    forward.join();
    backward.join();
    return 0;
}
