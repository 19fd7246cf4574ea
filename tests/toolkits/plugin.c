/* What uses one of them. */
extern int COUNT;
extern void g_rec_mutex_lock(void *m);
extern void g_rec_mutex_unlock(void *m);
extern int used(void);

int used(void)
{
    long word = 0;
    int before = COUNT;
    g_rec_mutex_lock(&word);
    g_rec_mutex_unlock(&word);
    return COUNT - before;
}
