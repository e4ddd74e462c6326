#include "fake_broker.h"

#include <string.h>

static enum err on_send(void *context, const struct ipc_auth_result *result)
{
    struct fake_broker *b = context;

    if (b->fail != OK || b->count == FAKE_ANSWERS_MAX) {
        return b->fail != OK ? b->fail : ERR_FULL;
    }
    INVARIANT(result->principal.len <= IPC_PRINCIPAL_MAX);
    INVARIANT(result->bytes.len <= IPC_SASL_MAX);
    struct fake_answer *a = &b->answers[b->count];
    b->count++;
    *a = (struct fake_answer){.session = result->session,
        .attempt = result->attempt,
        .verdict = (enum ipc_verdict)result->verdict,
        .reason = (enum schloss_auth_reason)result->reason,
        .length = result->bytes.len,
        .expires_ms = result->expires_ms};
    if (result->principal.len > 0) {
        memcpy(a->principal, result->principal.ptr, result->principal.len);
    }
    return OK;
}

struct auth_host_config fake_config(struct fake_broker *b)
{
    return (struct auth_host_config){.mechanisms = ipc_text("PLAIN,TEST"),
        .timeout_ms = AUTH_TIMEOUT_MS,
        .send = on_send,
        .context = b};
}

struct fake_broker *fake_broker(void)
{
    static struct fake_broker broker;

    memset(&broker, 0, sizeof(broker));
    broker.now_ms = 1000;
    return &broker;
}

void fake_begin(struct fake_broker *b, uint64_t session, uint32_t attempt)
{
    fake_begin_from(b, session, attempt, "TEST", "127.0.0.1");
}

void fake_begin_from(struct fake_broker *b, uint64_t session, uint32_t attempt,
    const char *mechanism, const char *address)
{
    const struct ipc_auth_begin m = {.session = session,
        .attempt = attempt,
        .mechanism = ipc_text(mechanism),
        .address = ipc_text(address)};

    auth_host_begin(&b->host, &m, b->now_ms);
}

void fake_step(
    struct fake_broker *b, uint64_t session, uint32_t attempt, const char *text)
{
    fake_step_bytes(b, session, attempt, text, strlen(text));
}

void fake_step_bytes(struct fake_broker *b, uint64_t session, uint32_t attempt,
    const void *bytes, size_t length)
{
    const struct ipc_auth_step m = {
        .session = session, .attempt = attempt, .bytes = {bytes, length}};

    auth_host_step(&b->host, &m, b->now_ms);
}

void fake_cancel(struct fake_broker *b, uint64_t session, uint32_t attempt)
{
    const struct ipc_auth_cancel m = {.session = session, .attempt = attempt};

    auth_host_cancel(&b->host, &m, b->now_ms);
}

void fake_work(struct fake_broker *b)
{
    for (;;) {
        int64_t next_ms = auth_host_next_ms(&b->host);
        if (next_ms < 0 || next_ms > b->now_ms) {
            return;
        }
        auth_host_work(&b->host, b->now_ms);
    }
}

void fake_pass(struct fake_broker *b, int64_t ms)
{
    b->now_ms += ms;
    fake_work(b);
}

const struct fake_answer *fake_next(struct fake_broker *b)
{
    if (b->seen == b->count) {
        return NULL;
    }
    b->seen++;
    return &b->answers[b->seen - 1];
}
