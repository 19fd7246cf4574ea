/* A system call by an instruction of the program's own: no library sees it. Returns a negative errno where it fails. */
static inline long raw_call(long number, long a, long b, long c, long d)
{
#ifdef __x86_64__
    register long fourth __asm__("r10") = d;
    __asm__ volatile("syscall" : "+a"(number) : "D"(a), "S"(b), "d"(c), "r"(fourth) : "rcx", "r11", "memory");
    return number;
#else
    register long call __asm__("x8") = number;
    register long w __asm__("x0") = a, x __asm__("x1") = b, y __asm__("x2") = c, z __asm__("x3") = d,
                    none __asm__("x4") = 0;
    __asm__ volatile("svc 0" : "+r"(w) : "r"(call), "r"(x), "r"(y), "r"(z), "r"(none) : "memory");
    return w;
#endif
}
