#include "dial_attempt.h"

#include "dial_server.h"
#include "test.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct fixture {
    struct loop *loop;
    struct dial_addresses addresses;
    struct dial_rate rate;
    struct dial_attempt attempt;
    unsigned ends;
    int fd; /* our own copy */
    enum err why;
};

static void on_end(void *context, int fd, enum err why)
{
    struct fixture *f = context;

    f->ends++;
    f->fd = fd >= 0 ? dup(fd) : -1;
    f->why = why;
}

static int set_up(void **state)
{
    static struct fixture f;

    f = (struct fixture){.loop = loop_new(), .fd = -1};
    f.attempt = (struct dial_attempt){.loop = f.loop,
        .addresses = &f.addresses,
        .rate = &f.rate,
        .on_end = on_end,
        .context = &f,
        .fd = -1};
    *state = &f;
    return f.loop == NULL;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    if (f->fd >= 0) {
        close(f->fd);
    }
    loop_free(&f->loop);
    return 0;
}

static void add(struct fixture *f, const struct dial_server *s)
{
    f->addresses.items[f->addresses.count++] = s->address;
}

static void run(struct fixture *f, uint32_t timeout_ms)
{
    unsigned before = f->ends;

    dial_attempt_begin(&f->attempt, timeout_ms);
    while (f->ends == before) {
        assert_int_equal(loop_once(f->loop, -1), OK);
    }
    assert_int_equal(f->ends, before + 1);
    assert_false(f->attempt.active);
}

static void the_connection_leads_to_the_address_and_does_not_block(void **state)
{
    struct fixture *f = *state;
    struct dial_server s;
    char byte;

    dial_server_open(&s);
    add(f, &s);
    run(f, 5000);
    assert_int_equal(f->why, OK);
    assert_int_equal(recv(f->fd, &byte, 1, 0), -1);
    assert_int_equal(errno, EAGAIN);
    assert_true(dial_server_is_at_end_of(&s, f->fd));
    dial_server_close(&s);
}

static void an_address_that_refuses_passes_to_the_next(void **state)
{
    struct fixture *f = *state;
    struct dial_server refusing;
    struct dial_server good;

    dial_server_open(&refusing);
    dial_server_close(&refusing);
    dial_server_open(&good);
    add(f, &refusing);
    add(f, &good);
    run(f, 5000);
    assert_int_equal(f->why, OK);
    assert_true(dial_server_is_at_end_of(&good, f->fd));
    dial_server_close(&good);
}

static void where_all_refuse_there_is_none(void **state)
{
    struct fixture *f = *state;
    struct dial_server refusing;

    dial_server_open(&refusing);
    dial_server_close(&refusing);
    add(f, &refusing);
    add(f, &refusing);
    run(f, 5000);
    assert_int_equal(f->fd, -1);
    assert_int_equal(f->why, ERR_CLOSED);
    assert_int_equal(f->rate.used, 2);
}

static void a_silent_address_costs_its_share_and_no_more(void **state)
{
    struct fixture *f = *state;
    struct dial_server silent;
    struct dial_server good;

    dial_server_open_silent(&silent);
    dial_server_open(&good);
    add(f, &silent);
    add(f, &good);
    run(f, 400);
    assert_int_equal(f->why, OK);
    assert_true(dial_server_is_at_end_of(&good, f->fd));
    dial_server_close(&good);
    dial_server_close(&silent);
}

static void where_all_are_silent_it_ends_in_time(void **state)
{
    struct fixture *f = *state;
    struct dial_server silent;

    dial_server_open_silent(&silent);
    add(f, &silent);
    run(f, 50);
    assert_int_equal(f->fd, -1);
    assert_true(f->why != OK);
    run(f, 0);
    assert_int_equal(f->fd, -1);
    assert_int_equal(f->why, ERR_TIMEOUT);
    dial_server_close(&silent);
}

static void what_is_cancelled_ends_without_a_word(void **state)
{
    struct fixture *f = *state;
    struct dial_server silent;
    int fd;

    dial_server_open_silent(&silent);
    add(f, &silent);
    dial_attempt_begin(&f->attempt, 5000);
    assert_true(f->attempt.active);
    fd = f->attempt.fd;
    dial_attempt_cancel(&f->attempt);
    dial_attempt_cancel(&f->attempt);
    assert_int_equal(f->ends, 0);
    assert_int_equal(close(fd), -1); /* it was */
    assert_int_equal(loop_once(f->loop, 0), OK);
    dial_server_close(&silent);
}

static void no_more_than_so_many_are_tried_in_a_minute(void **state)
{
    struct fixture *f = *state;
    struct dial_server refusing;

    dial_server_open(&refusing);
    dial_server_close(&refusing);
    add(f, &refusing);
    for (unsigned i = 0; i < DIAL_RATE_MAX; i++) {
        run(f, 5000);
        assert_int_equal(f->why, ERR_CLOSED);
    }
    run(f, 5000);
    assert_int_equal(f->why, ERR_FULL);
    f->rate.start_ms -= DIAL_RATE_MS;
    run(f, 5000);
    assert_int_equal(f->why, ERR_CLOSED);
}

static void the_rate_begins_anew_with_each_period(void **state)
{
    struct dial_rate r = {0};

    (void)state;
    for (unsigned i = 0; i < DIAL_RATE_MAX; i++) {
        assert_true(dial_rate_allows(&r, 1000));
    }
    assert_false(dial_rate_allows(&r, 1000));
    assert_false(dial_rate_allows(&r, 1000 + DIAL_RATE_MS - 1));
    assert_true(dial_rate_allows(&r, 1000 + DIAL_RATE_MS));
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(the_connection_leads_to_the_address_and_does_not_block),
        TEST(an_address_that_refuses_passes_to_the_next),
        TEST(where_all_refuse_there_is_none),
        TEST(a_silent_address_costs_its_share_and_no_more),
        TEST(where_all_are_silent_it_ends_in_time),
        TEST(what_is_cancelled_ends_without_a_word),
        TEST(no_more_than_so_many_are_tried_in_a_minute),
        TEST(the_rate_begins_anew_with_each_period),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
