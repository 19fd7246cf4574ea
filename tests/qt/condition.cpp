// expect-5: deadlock error certain threads=2 locks=condition,config
// expect-6: deadlock error certain threads=2 locks=condition,config
// stderr-has: waits on QWaitCondition C1, never woken so far
// The thread that would wake needs what the other one keeps while it waits.
#include "tests/order.h"

#include <QMutex>
#include <QThread>
#include <QWaitCondition>

#ifndef HELD
#define HELD 1
#endif

static QMutex config, state;
static QWaitCondition ready;
static bool done;

struct Loader : QThread {
    void run() override
    {
        await_step(1);
        config.lock();
        config.unlock();
        state.lock();
        done = true;
        ready.wakeAll();
        state.unlock();
    }
};

int main()
{
    Loader loader;
    loader.start();
    config.lock();
    step();
    if (!HELD)
        config.unlock();
    state.lock();
    while (!done)
        ready.wait(&state);
    state.unlock();
    if (HELD)
        config.unlock();
    loader.wait();
    return 0;
}
