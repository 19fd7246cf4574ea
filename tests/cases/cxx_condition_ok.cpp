// expect: none

// condition_variable and condition_variable_any, over a mutex and a shared_mutex, with waits that time out,
// and notify_all_at_thread_exit.
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <shared_mutex>
#include <thread>

static std::mutex m;
static std::shared_mutex shared;
static std::condition_variable changed, left;
static std::condition_variable_any any;
static int value;
static bool ready, gone;

static void count_up()
{
    for (int i = 0; i < 50; i++) {
        std::lock_guard<std::mutex> guard(m);
        value++;
        changed.notify_all();
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    {
        std::lock_guard<std::shared_mutex> guard(shared);
        ready = true;
        any.notify_all();
    }
    std::unique_lock<std::mutex> lock(m);
    gone = true;
    std::notify_all_at_thread_exit(left, std::move(lock));
}

int main()
{
    std::thread thread(count_up);

    {
        std::unique_lock<std::mutex> lock(m);
        changed.wait(lock, [] { return value == 50; });
    }
    {
        std::shared_lock<std::shared_mutex> lock(shared);
        while (!any.wait_for(lock, std::chrono::milliseconds(10), [] { return ready; })) {
        }
    }
    {
        std::unique_lock<std::mutex> lock(m);
        left.wait(lock, [] { return gone; });
    }
    thread.join();
    return 0;
}
