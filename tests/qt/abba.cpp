// expect: deadlock error certain threads=2 locks=accounts,journal
// stderr-has-5: QMutex journal, held by T
// stderr-has-6: 3 of 4 hold; not hold and wait
// stderr-has-6: QMutex journal, held by a thread that lockwatch cannot name
#include "tests/order.h"

#include <QMutex>
#include <QMutexLocker>
#include <QThread>

#ifndef OTHER_ORDER
#define OTHER_ORDER 1
#endif

static QMutex accounts, journal;
static int entries;

static void both(QMutex *first, QMutex *second)
{
    QMutexLocker a(first);
    if (OTHER_ORDER) {
        step();
        await_step(2);
    }
    QMutexLocker b(second);
    entries++;
}

struct Writer : QThread {
    void run() override
    {
        if (OTHER_ORDER)
            both(&journal, &accounts);
        else
            both(&accounts, &journal);
    }
};

int main()
{
    Writer writer;
    writer.start();
    both(&accounts, &journal);
    writer.wait();
    return entries == 2 ? 0 : 1;
}
