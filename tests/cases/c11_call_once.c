// expect: deadlock error certain threads=1 locks=flag

// The function given to call_once comes round to its own call_once.
#include <threads.h>

static once_flag flag = ONCE_FLAG_INIT;

static void set_up(void)
{
    call_once(&flag, set_up);
}

int main(void)
{
    call_once(&flag, set_up);
    return 0;
}
