// expect: deadlock error certain threads=2 locks=condition,state
// stderr-has: waits for end of QThread C1
// A thread is awaited while holding what it needs.
#include "tests/order.h"

#include <QMutex>
#include <QThread>

#ifndef HELD
#define HELD 1
#endif

static QMutex state;

struct Worker : QThread {
    void run() override
    {
        await_step(1);
        state.lock();
        state.unlock();
    }
};

int main()
{
    Worker worker;
    worker.start();
    state.lock();
    step();
    if (!HELD)
        state.unlock();
    worker.wait();
    if (HELD)
        state.unlock();
    return 0;
}
