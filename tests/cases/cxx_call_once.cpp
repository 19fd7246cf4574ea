// expect: deadlock error certain threads=2
// json: "settings" in {l["name"] for l in f["locks"]}

// std::call_once runs what needs a mutex, whose holder waits for that call_once.
#include <atomic>
#include <mutex>
#include <thread>

static std::once_flag flag;
static std::mutex settings;
static std::atomic<int> arrived;

static void meet()
{
    arrived++;
    while (arrived < 2)
        std::this_thread::yield();
}

static void load()
{
    meet();
    std::lock_guard<std::mutex> guard(settings);
}

static void change()
{
    std::lock_guard<std::mutex> guard(settings);

    meet();
    std::call_once(flag, load);
}

int main()
{
    std::thread loader([] { std::call_once(flag, load); });
    std::thread changer(change);

    loader.join();
    changer.join();
    return 0;
}
