/*
 * A photo browser on GLib. A worker makes thumbnails, and updates the list of what is done while it tells the toolkit
 * to draw; the main thread draws, and looks into the list meanwhile. GLib's locks are not pthread's.
 *
 * What goes wrong: the worker has the list's mutex and wants the toolkit's; the main thread has the toolkit's and wants
 * the list's (RawTherapee #4576).
 *
 * The fix: the worker releases the list before it tells the toolkit.
 *
 * expect-faulty: deadlock error certain threads=2 locks=list_mutex,toolkit
 * stderr-has-faulty: GMutex
 * expect-fixed: none
 */
#include <glib.h>
#include <stdio.h>

static GMutex toolkit, list_mutex;
static GCond has_begun;
static GSList *done;
static int begun, drawn;

/* So that the faulty variant deadlocks each time: both are on their way. */
static void begin_together(GMutex *held)
{
    static GMutex start;
    (void)held;
    g_mutex_lock(&start);
    begun++;
    g_cond_broadcast(&has_begun);
    while (begun < 2)
        g_cond_wait(&has_begun, &start);
    g_mutex_unlock(&start);
}

static void redraw(void)
{
    g_mutex_lock(&toolkit);
    drawn++;
    g_mutex_unlock(&toolkit);
}

static gpointer make_thumbnail(gpointer name)
{
#ifdef FAULTY
    g_mutex_lock(&list_mutex);
    begin_together(&list_mutex);
    done = g_slist_prepend(done, name);
    redraw();
    g_mutex_unlock(&list_mutex);
#else
    begin_together(NULL);
    g_mutex_lock(&list_mutex);
    done = g_slist_prepend(done, name);
    g_mutex_unlock(&list_mutex);
    redraw();
#endif
    return NULL;
}

static guint draw(void)
{
    g_mutex_lock(&toolkit);
    begin_together(&toolkit);
    g_mutex_lock(&list_mutex);
    guint length = g_slist_length(done);
    g_mutex_unlock(&list_mutex);
    drawn++;
    g_mutex_unlock(&toolkit);
    return length;
}

int main(void)
{
    static char name[] = "sunset.jpg";
    GThread *worker = g_thread_new("thumbnails", make_thumbnail, name);
    draw();
    g_thread_join(worker);
    printf("%u thumbnail, drawn %d times\n", draw(), drawn);
    g_slist_free(done);
    return 0;
}
