// expect: deadlock error certain threads=2 locks=disk,net
// stderr-has: never woken so far
// stderr-has: every thread that could release net
// Two semaphores of one unit each, acquired in two orders.
#include "tests/order.h"

#include <QSemaphore>
#include <QThread>

#ifndef OTHER_ORDER
#define OTHER_ORDER 1
#endif

static QSemaphore disk(1), net(1);

static void both(QSemaphore *first, QSemaphore *second)
{
    first->acquire();
    if (OTHER_ORDER) {
        step();
        await_step(2);
    }
    second->acquire();
    second->release();
    first->release();
}

struct Copy : QThread {
    void run() override
    {
        if (OTHER_ORDER)
            both(&net, &disk);
        else
            both(&disk, &net);
    }
};

int main()
{
    Copy copy;
    copy.start();
    both(&disk, &net);
    copy.wait();
    return 0;
}
