// expect: none

// std::jthread, where the library has it: asked to stop and joined by its destructor while it waits.
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#ifdef __cpp_lib_jthread
static std::mutex m;
static std::condition_variable_any changed;
static int stopped;

static void wait_for_stop(std::stop_token token)
{
    std::unique_lock<std::mutex> lock(m);

    changed.wait(lock, token, [] { return false; });
    stopped++;
}

int main()
{
    {
        std::jthread first(wait_for_stop), second(wait_for_stop);

        std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    return stopped == 2 ? 0 : 1;
}
#else
int main()
{
    return 0;
}
#endif
