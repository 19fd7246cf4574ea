#include "analyzer/watch/screen.h"

#include "analyzer/watch/table_view.h"

#include <curses.h>
#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <term.h>
#include <time.h>
#include <unistd.h>

enum { ESCAPE = 27, CONTROL_C = 3, CONTROL_L = 12 };

static volatile sig_atomic_t caught;

static void note_signal(int number)
{
    caught = number;
}

bool screen_possible(void)
{
    int error;
    const char *move;
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO) || setupterm(NULL, STDOUT_FILENO, &error) != OK)
        return false;
    move = tigetstr("cup");
    bool able = move != NULL && move != (char *)-1; /* NOLINT: as terminfo says that there is none */
    del_curterm(cur_term);
    return able;
}

/* --- time --- */

static long long milliseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* --- keys --- */

static void open_text(struct table_view *v, char *text, const char *title)
{
    free(v->text);
    v->text = text;
    v->title = title;
    v->line = 0;
}

static void key_in_text(struct table_view *v, int key)
{
    int page = table_view_page();
    if (key == 'q' || key == '?' || key == 'h' || key == ESCAPE || key == '\r' || key == '\n' || key == KEY_ENTER ||
        key == KEY_LEFT)
        open_text(v, NULL, NULL);
    else if (key == KEY_DOWN || key == 'j')
        v->line++;
    else if (key == KEY_UP || key == 'k')
        v->line--;
    else if (key == KEY_NPAGE || key == ' ')
        v->line += page;
    else if (key == KEY_PPAGE)
        v->line -= page;
    else if (key == KEY_HOME || key == 'g')
        v->line = 0;
    else if (key == KEY_END || key == 'G')
        v->line = 1 << 20;
}

static void key_in_filter(struct table_view *v, int key)
{
    size_t size = strlen(v->filter);
    if (key == '\r' || key == '\n' || key == KEY_ENTER) {
        v->typing = false;
    } else if (key == ESCAPE) {
        v->typing = false;
        v->filter[0] = 0;
    } else if (key == KEY_BACKSPACE || key == 127 || key == '\b') {
        v->filter[size == 0 ? 0 : size - 1] = 0;
    } else if (key >= ' ' && key < 127 && size + 1 < sizeof v->filter) {
        v->filter[size] = (char)key;
        v->filter[size + 1] = 0;
    }
}

/* False: to the end. */
static bool key_in_table(struct table_view *v, int key)
{
    struct opened_record *of;
    const struct row *row = table_view_selected(v, &of);
    if (key == 'q' || key == CONTROL_C)
        return false;
    if (key == KEY_DOWN || key == 'j')
        table_view_move(v, 1);
    else if (key == KEY_UP || key == 'k')
        table_view_move(v, -1);
    else if (key == KEY_NPAGE || key == ' ')
        table_view_move(v, table_view_page());
    else if (key == KEY_PPAGE)
        table_view_move(v, -table_view_page());
    else if (key == KEY_HOME || key == 'g')
        table_view_move(v, -(1 << 20));
    else if (key == KEY_END || key == 'G')
        table_view_move(v, 1 << 20);
    else if (key == 'p')
        v->paused = !v->paused;
    else if (key == 's')
        v->by_time = !v->by_time;
    else if (key == '/')
        v->typing = true;
    else if (key == ESCAPE)
        v->filter[0] = 0;
    else if (key == '?' || key == 'h')
        open_text(v, strdup(table_view_help), "Keys");
    else if ((key == '\r' || key == '\n' || key == KEY_ENTER) && row != NULL)
        open_text(v, rows_stacks(of, row, (unsigned)COLS), "Stacks, as they were when Enter was pressed");
    else if (key == 'f' && table_view_record(v) != NULL)
        open_text(v, rows_findings(table_view_record(v), (unsigned)COLS), "Findings");
    return true;
}

static bool press(struct table_view *v, int key)
{
    if (key == CONTROL_L)
        clearok(stdscr, TRUE);
    else if (v->text != NULL)
        key_in_text(v, key);
    else if (v->typing)
        key_in_filter(v, key);
    else
        return key_in_table(v, key);
    return true;
}

/* --- the loop --- */

static void watch(struct table_view *v, int interval)
{
    long long next = milliseconds() + session_pause(v->session, interval);
    for (bool on = true; on && caught == 0 && !session_over(v->session);) {
        table_view_draw(v);
        long long left = next - milliseconds();
        timeout(left < 0 ? 0 : left > 500 ? 500 : (int)left);
        int key = getch();
        if (key == ERR && !isatty(STDIN_FILENO))
            break; /* the terminal is gone */
        if (key != ERR && key != KEY_RESIZE)
            on = press(v, key);
        if (milliseconds() < next)
            continue;
        if (!v->paused)
            session_look(v->session);
        next = milliseconds() + session_pause(v->session, interval);
    }
}

static void use_locale(void)
{
    setlocale(LC_CTYPE, "");
    const char *none = getenv("NO_COLOR");
    if (has_colors() && (none == NULL || none[0] == 0) && start_color() == OK)
        table_view_colors();
}

bool screen_run(struct session *s, int interval, int *signal)
{
    static const int ending[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
    struct sigaction action = {.sa_handler = note_signal}, before[4];
    struct table_view view = {.session = s, .by_time = true};
    setlocale(LC_CTYPE, "");
    SCREEN *screen = newterm(NULL, stdout, stdin);
    if (screen == NULL)
        return false;
    for (int i = 0; i < 4; i++)
        sigaction(ending[i], &action, &before[i]);
    use_locale();
    cbreak();
    noecho();
    nonl();
    keypad(stdscr, TRUE);
    set_escdelay(50);
    curs_set(0);
    watch(&view, interval);
    endwin();
    delscreen(screen);
    for (int i = 0; i < 4; i++)
        sigaction(ending[i], &before[i], NULL);
    free(view.text);
    *signal = caught == SIGINT ? 0 : caught; /* as q does */
    return true;
}
