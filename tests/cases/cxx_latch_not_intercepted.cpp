// expect: none
// exit: hang

// std::latch waits in a futex call of its own, which lockwatch does not see: a hang, no finding. Asked while this runs,
// `lockwatch report` says where the thread is (tests/scripts/command_line).
#include <latch>
#include <thread>

static std::latch never(1);

int main()
{
    std::thread waiter([] { never.wait(); });

    waiter.join();
    return 0;
}
