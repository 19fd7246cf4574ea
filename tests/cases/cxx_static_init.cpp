// expect: none
// exit: hang

// A static whose making needs a mutex, whose holder waits for that static. libstdc++ waits for a static in a
// futex call of its own, which lockwatch does not see: a hang, no finding.
#include <atomic>
#include <mutex>
#include <thread>

static std::mutex m;
static std::atomic<int> arrived;

static void meet()
{
    arrived++;
    while (arrived < 2)
        std::this_thread::yield();
}

struct Settings {
    Settings()
    {
        meet();
        std::lock_guard<std::mutex> guard(m);
    }
};

static Settings &settings()
{
    static Settings made;
    return made;
}

static void change()
{
    std::lock_guard<std::mutex> guard(m);

    meet();
    settings();
}

int main()
{
    std::thread reader([] { settings(); });
    std::thread writer(change);

    reader.join();
    writer.join();
    return 0;
}
