/* Random events, from a seed: whatever happens, every request is answered once, and a
 * restart agrees. */
#include "coord_trace.h"
#include "mem.h"

static uint32_t draw(uint64_t *seed, uint32_t below)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*seed >> 33) % below;
}

/* An id that was once given out, or one that was not. */
static const char *some_id(struct trace *t, uint64_t *seed)
{
    uint64_t token = draw(seed, (uint32_t)t->tokens + 1);
    return draw(seed, 16) == 0 ? "nobody" : t->told[token].member_id;
}

static const char *some_instance(uint64_t *seed)
{
    static const char *const names[] = {NULL, NULL, NULL, NULL, "one", "two"};
    return names[draw(seed, 6)];
}

static void random_join(struct trace *t, uint64_t *seed)
{
    static const char *const metadata[] = {"m", "m", "m", "n"};
    char id[128] = "";
    if (draw(seed, 3) > 0) {
        strcpy(id, some_id(t, seed));
    }
    (void)trace_join(t, (struct joiner){.id = id,
                            .instance = some_instance(seed),
                            .metadata = metadata[draw(seed, 4)],
                            .protocol = draw(seed, 20) == 0 ? "other" : NULL,
                            .session_ms = 6000 + (int32_t)draw(seed, 10000),
                            .rebalance_ms = 1 + (int32_t)draw(seed, 20000),
                            .by_id = draw(seed, 2) == 0,
                            .can_skip = draw(seed, 2) == 0});
}

static void random_sync(struct trace *t, uint64_t *seed)
{
    const struct coord_group *g = t->group;
    struct coord_assignment all[8];
    size_t count = 0;
    while (count < 8 && count < g->member_count) {
        all[count] = (struct coord_assignment){
            coord_text_view(&g->members[count]->id), view("assigned")};
        count++;
    }
    char id[128];
    copy_view(id, sizeof(id),
        g->member_count > 0
            ? coord_text_view(&g->members[draw(seed, (uint32_t)g->member_count)]->id)
            : view("x"));
    (void)trace_sync(t, id, g->generation - (draw(seed, 10) == 0 ? 1 : 0), all, count);
}

static void random_event(struct trace *t, uint64_t *seed)
{
    char id[128];
    switch (draw(seed, 12)) {
    case 0:
    case 1:
    case 2:
    case 3:
        random_join(t, seed);
        break;
    case 4:
    case 5:
    case 6:
        random_sync(t, seed);
        break;
    case 7:
        strcpy(id, some_id(t, seed));
        (void)trace_beat(t, id, t->group->generation);
        break;
    case 8:
        strcpy(id, some_id(t, seed));
        (void)trace_leave(t, id, some_instance(seed));
        break;
    case 9:
        trace_written(t, t->group->writes - draw(seed, 3), draw(seed, 4) > 0);
        break;
    case 10:
        t->hold_writes = draw(seed, 2) == 0;
        break;
    default:
        trace_pass(t, draw(seed, 9000));
        break;
    }
}

static void run(uint64_t seed)
{
    struct trace *t = trace_new();
    t->limits.members_max = 4;
    t->limits.bytes_max = 20000; /* small enough that it is reached */
    trace_open(t);
    for (int i = 0; i < 600; i++) {
        random_event(t, &seed);
    }
    trace_end(t);
}

static void every_request_is_answered_once_whatever_happens(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 150; seed++) {
        run(seed * 7919);
    }
}

static void answered_when_memory_fails_too(void **state)
{
    (void)state;
    for (long n = 0; n < 150; n++) {
        struct trace *t = trace_start();
        uint64_t seed = (uint64_t)n;
        for (int i = 0; i < 100; i++) {
            mem_fail_after(n % 13);
            random_event(t, &seed);
        }
        mem_fail_after(-1);
        trace_end(t);
    }
}

static void a_restart_agrees_with_the_last_stable_generation(void **state)
{
    (void)state;
    for (uint64_t s = 1; s <= 50; s++) {
        uint64_t seed = s;
        struct trace *t = trace_start();
        for (int i = 0; i < 300 && t->group->state != COORD_STABLE; i++) {
            random_event(t, &seed);
            t->hold_writes = false;
        }
        if (t->group->state == COORD_STABLE) {
            int32_t generation = t->group->generation;
            size_t members = t->group->member_count;
            char leader[128];
            copy_view(leader, sizeof(leader), coord_text_view(&t->group->leader->id));
            /* Whoever is parked is answered before the broker ends. */
            trace_step(t, (struct coord_event){.type = COORD_CLOSE});
            trace_restart(t);
            assert_int_equal(t->group->generation, generation);
            assert_int_equal(t->group->member_count, members);
            assert_memory_equal(t->group->leader->id.bytes, leader, strlen(leader));
        }
        trace_end(t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_request_is_answered_once_whatever_happens),
        cmocka_unit_test(answered_when_memory_fails_too),
        cmocka_unit_test(a_restart_agrees_with_the_last_stable_generation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
