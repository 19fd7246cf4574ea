// expect: lock-order note timed threads=2 locks=recursive,timed
// expect: lock-order note timed threads=2 locks=recursive,shared
// expect: lock-order note timed threads=2 locks=shared,timed
// stdout-same: yes

// std::timed_mutex, recursive_timed_mutex and shared_timed_mutex: one side of a cycle gives up, three ways.
#include <atomic>
#include <chrono>
#include <mutex>
#include <shared_mutex>
#include <thread>

static std::timed_mutex timed;
static std::recursive_timed_mutex recursive;
static std::shared_timed_mutex shared;

template <class First, class Second> static bool gives_up(First &mine, Second &theirs)
{
    std::atomic<int> holding{0};
    bool gave_up = false;
    auto meet = [&] {
        holding++;
        while (holding < 2)
            std::this_thread::yield();
    };
    std::thread patient([&] {
        std::lock_guard<Second> outer(theirs);
        meet();
        std::lock_guard<First> inner(mine);
    });
    std::thread hasty([&] {
        std::lock_guard<First> outer(mine);
        meet();
        gave_up = !theirs.try_lock_for(std::chrono::milliseconds(100));
    });

    patient.join();
    hasty.join();
    return gave_up;
}

int main()
{
    return gives_up(timed, recursive) && gives_up(recursive, shared) && gives_up(shared, timed) ? 0 : 1;
}
