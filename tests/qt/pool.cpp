// expect: deadlock error certain threads=2 locks=condition,state
// stderr-has: waits for last task of QThreadPool C1
// The end of a pool's tasks is awaited while holding what they need.
#include "tests/order.h"

#include <QMutex>
#include <QRunnable>
#include <QThreadPool>

#ifndef HELD
#define HELD 1
#endif

static QMutex state;

struct Task : QRunnable {
    void run() override
    {
        await_step(1);
        state.lock();
        state.unlock();
    }
};

int main()
{
    QThreadPool pool;
    pool.start(new Task);
    state.lock();
    step();
    if (!HELD)
        state.unlock();
    pool.waitForDone();
    if (HELD)
        state.unlock();
    return 0;
}
