// expect: none

// Main waits for a future, which is no lock that lockwatch sees, holding a mutex that the other one needs
// not; and a packaged task and a promise, fulfilled late.
#include <chrono>
#include <future>
#include <mutex>
#include <thread>

static std::mutex m;

static void wants_mutex()
{
    std::lock_guard<std::mutex> guard(m);
}

int main()
{
    std::promise<int> promise;
    auto late = promise.get_future();
    std::unique_lock<std::mutex> lock(m);
    std::thread waits(wants_mutex);
    std::thread keeps([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(300));
        promise.set_value(3);
    });
    int value = late.get();

    lock.unlock();
    waits.join();
    keeps.join();
    std::packaged_task<int()> task([] { return 4; });
    auto result = task.get_future();
    std::thread runs(std::move(task));
    value += result.get();
    runs.join();
    return value == 7 ? 0 : 1;
}
