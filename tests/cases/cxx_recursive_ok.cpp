// expect: none

// std::recursive_mutex for the same.
#include <mutex>
#include <thread>

static std::recursive_mutex m;

static int size()
{
    std::lock_guard<std::recursive_mutex> guard(m);
    return 0;
}

static bool empty()
{
    std::lock_guard<std::recursive_mutex> guard(m);
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return size() == 0;
}

static void ask()
{
    for (int i = 0; i < 30; i++)
        empty();
}

int main()
{
    std::thread first(ask), second(ask);

    first.join();
    second.join();
    return empty() ? 0 : 1;
}
