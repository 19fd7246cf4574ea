// expect: none

// Threads that return by way of futures, some detached; nobody waits for anything that will not come.
#include <atomic>
#include <chrono>
#include <future>
#include <mutex>
#include <thread>
#include <vector>

static std::mutex m;
static std::atomic<int> detached;

static int slow_square(int i)
{
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    std::lock_guard<std::mutex> guard(m);
    return i * i;
}

int main()
{
    std::vector<std::future<int>> results;
    int sum = 0;

    for (int i = 0; i < 10; i++) {
        results.push_back(std::async(std::launch::async, slow_square, i));
        std::thread([] { detached++; }).detach();
    }
    for (auto &result : results)
        sum += result.get();
    while (detached < 10)
        std::this_thread::yield();
    return sum == 285 ? 0 : 1;
}
