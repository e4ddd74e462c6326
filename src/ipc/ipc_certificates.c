#include "ipc_certificates.h"

#include <string.h>

enum err ipc_certificates_take(
    struct ipc_certificates *c, const struct ipc_certificate *told)
{
    if (told->index == 0) {
        c->count = 0;
    }
    if (told->index != c->count || c->count == IPC_CERTIFICATES_MAX ||
        told->digest.len != IPC_CERTIFICATE_DIGEST ||
        told->subject.len > IPC_CERTIFICATE_SUBJECT) {
        return ERR_INVALID;
    }
    struct ipc_certificate_fact *fact = &c->items[c->count++];
    *fact = (struct ipc_certificate_fact){.not_after_s = told->not_after_s};
    memcpy(fact->digest, told->digest.ptr, IPC_CERTIFICATE_DIGEST);
    if (told->subject.len > 0) {
        memcpy(fact->subject, told->subject.ptr, told->subject.len);
    }
    return OK;
}

enum err ipc_certificates_send(const struct ipc_certificates *c, struct ipc_link *link)
{
    enum err e = OK;

    for (size_t i = 0; e == OK && i < c->count; i++) {
        const struct ipc_certificate_fact *fact = &c->items[i];
        struct ipc_certificate told = {.index = (uint8_t)i,
            .not_after_s = fact->not_after_s,
            .digest = {.ptr = fact->digest, .len = sizeof(fact->digest)},
            .subject = ipc_text(fact->subject)};
        e = ipc_link_send(link, IPC_MSG_CERTIFICATE, 0, &told, -1);
    }
    return e;
}

const struct ipc_certificate_fact *ipc_certificates_first_to_end(
    const struct ipc_certificates *c)
{
    const struct ipc_certificate_fact *first = NULL;

    for (size_t i = 0; i < c->count; i++) {
        if (first == NULL || c->items[i].not_after_s < first->not_after_s) {
            first = &c->items[i];
        }
    }
    return first;
}
