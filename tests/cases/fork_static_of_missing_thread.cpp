// expect: deadlock error certain threads=1 locks=table()::made
// exit: 0
// json: f["locks"][0]["kind"] == "guard"

// A thread makes a static while main forks. In the child nobody makes it any more; the parent puts an end to that.
#include "tests/order.h"
#include <csignal>
#include <sys/wait.h>
#include <thread>

static int make()
{
    step();
    await_step(2);
    return 1;
}

static int table()
{
    static int made = make();
    return made;
}

int main()
{
    std::thread maker(table);

    await_step(1);
    pid_t child = fork();
    if (child == 0)
        _exit(table());
    usleep(700000);
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    step();
    maker.join();
    return 0;
}
