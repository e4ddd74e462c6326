#include "broker_principal.h"

#include "clock.h"
#include "mem.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

#define ROWS_MAX (65536 + BROKER_PRINCIPALS_IDLE + 1) /* sessions, and those without */

void broker_principals_init(struct broker_principals *p)
{
    *p = (struct broker_principals){.since_ms = clock_wall_ms()};
    table_init(&p->rows, ROWS_MAX);
}

static void free_row(struct broker_principal *row)
{
    mem_free(row->name);
    mem_free(row);
}

void broker_principals_fini(struct broker_principals *p)
{
    struct broker_principal *row;

    for (size_t cursor = 0; (row = table_next(&p->rows, &cursor)) != NULL;) {
        free_row(row);
    }
    table_fini(&p->rows);
}

static void unlink_idle(struct broker_principals *p, struct broker_principal *row)
{
    *(row->before == NULL ? &p->first : &row->before->behind) = row->behind;
    *(row->behind == NULL ? &p->last : &row->behind->before) = row->before;
    row->before = row->behind = NULL;
    p->idle--;
}

static void forget(struct broker_principals *p, struct broker_principal *row)
{
    (void)table_remove(&p->rows, row->name, strlen(row->name));
    free_row(row);
}

static void link_idle(struct broker_principals *p, struct broker_principal *row)
{
    row->before = p->last;
    *(p->last == NULL ? &p->first : &p->last->behind) = row;
    p->last = row;
    if (++p->idle > BROKER_PRINCIPALS_IDLE) {
        struct broker_principal *oldest = p->first;
        unlink_idle(p, oldest);
        forget(p, oldest);
        p->forgotten++;
    }
}

static struct broker_principal *add(struct broker_principals *p, struct ipc_view name)
{
    struct broker_principal *row = mem_alloc(1, sizeof(*row));
    char *copy = mem_copy_text(name.ptr, name.len);

    if (row != NULL && copy != NULL) {
        row->name = copy;
        if (table_put(&p->rows, copy, name.len, row) == OK) {
            return row;
        }
    }
    mem_free(copy);
    mem_free(row);
    return NULL;
}

enum err broker_principal_enter(struct broker_session *s, struct ipc_view principal)
{
    struct broker_principals *p = &s->broker->principals;

    broker_principal_leave(s); /* it is one principal's at a time */
    struct broker_principal *row = table_get(&p->rows, principal.ptr, principal.len);
    bool is_known = row != NULL;

    if (is_known && row->sessions >= broker_session_listener(s)->sessions_max) {
        return ERR_FULL;
    }
    row = is_known ? row : add(p, principal);
    if (row == NULL) {
        return ERR_NOMEM;
    }
    if (is_known && row->sessions == 0) {
        unlink_idle(p, row);
    }
    row->sessions++;
    s->row = row;
    return OK;
}

const char *broker_principal_reason(
    char out[BROKER_PRINCIPAL_REASON], struct ipc_view principal)
{
    char name[4 * BROKER_PRINCIPAL_MAX + 1];

    (void)snprintf(out, BROKER_PRINCIPAL_REASON, "%s has as many sessions as it may",
        text_escape(name, sizeof(name), principal.ptr, principal.len));
    return out;
}

void broker_principal_login(struct broker_session *s)
{
    struct broker_principal *row = s->row;

    s->authenticated_ms = clock_wall_ms();
    s->authenticated_mono_ms = clock_mono_ms();
    if (row != NULL) {
        row->login_ms = s->authenticated_ms;
        memcpy(row->mechanism, s->mechanism, sizeof(row->mechanism));
        memcpy(row->address, s->address, sizeof(row->address));
    }
}

void broker_principal_leave(struct broker_session *s)
{
    struct broker_principals *p = &s->broker->principals;
    struct broker_principal *row = s->row;

    s->row = NULL;
    if (row == NULL || --row->sessions > 0) {
        return;
    }
    if (row->login_ms == 0) {
        forget(p, row); /* he did not come in after all */
    } else {
        link_idle(p, row);
    }
}

const struct broker_principal *broker_principal_find(
    const struct broker *b, struct wire_view name)
{
    return table_get(&b->principals.rows, name.ptr, name.len);
}
