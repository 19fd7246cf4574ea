// expect: deadlock error certain threads=2
// json: "state" in {l["name"] for l in f["locks"]}

// A destructor joins its thread under the lock that the thread needs.
#include <mutex>
#include <thread>

#ifndef UNDER_LOCK
#define UNDER_LOCK 1
#endif

static std::mutex state;
static bool stopping;

static void run()
{
    for (;;) {
        std::lock_guard<std::mutex> guard(state);
        if (stopping)
            return;
    }
}

class Service
{
  public:
    Service() : thread_(run)
    {
    }

    ~Service()
    {
        std::unique_lock<std::mutex> lock(state);

        stopping = true;
        if (!UNDER_LOCK)
            lock.unlock();
        thread_.join();
    }

  private:
    std::thread thread_;
};

int main()
{
    Service service;

    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    return 0;
}
