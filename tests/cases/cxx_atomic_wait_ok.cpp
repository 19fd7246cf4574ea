// expect: none

// Four wait for work by std::atomic's wait, with a mutex between them, and wake each other; main is slow.
#include <atomic>
#include <barrier>
#include <mutex>
#include <thread>
#include <unistd.h>
#include <vector>

enum { WORKERS = 4, ROUNDS = 20 };
static std::atomic<int> turn(-1);
static std::mutex m;
static std::barrier<> met(WORKERS);
static int done;

static void work(int own)
{
    for (int round = 0; round < ROUNDS; round++) {
        for (int now; (now = turn) % WORKERS != own || now / WORKERS != round;)
            turn.wait(now);
        {
            std::lock_guard<std::mutex> guard(m);
            done++;
        }
        turn++;
        turn.notify_all();
    }
    met.arrive_and_wait();
}

int main()
{
    std::vector<std::thread> threads;

    for (int i = 0; i < WORKERS; i++)
        threads.emplace_back(work, i);
    usleep(600000);
    turn = 0;
    turn.notify_all();
    for (std::thread &t : threads)
        t.join();
    return done == WORKERS * ROUNDS ? 0 : 1;
}
