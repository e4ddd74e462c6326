#include "tls_peek.h"

#include <stdbool.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool condition)
{
    if (!condition) {
        __builtin_trap();
    }
}

/* More bytes never change what fewer bytes had told, and a client id lies inside the
 * bytes. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tls_peek last = {.speech = TLS_SPEECH_SHORT};
    volatile uint8_t sum = 0;

    size = size > TLS_PEEK_BYTES ? TLS_PEEK_BYTES : size;
    for (size_t length = 0; length <= size; length++) {
        struct tls_peek now = tls_peek_classify(data, length);
        bool refined = now.speech == TLS_SPEECH_OTHER && last.speech == TLS_SPEECH_TLS;
        demand(last.speech == TLS_SPEECH_SHORT || now.speech == last.speech || refined);
        if (now.client_id != NULL) {
            demand(now.speech == TLS_SPEECH_KAFKA && now.client_id_length > 0);
            demand(now.client_id >= data &&
                   now.client_id + now.client_id_length <= data + length);
            for (size_t i = 0; i < now.client_id_length; i++) {
                sum = (uint8_t)(sum + now.client_id[i]);
            }
        }
        if (now.speech == TLS_SPEECH_KAFKA) {
            demand(now.api_key >= 0 && now.api_key <= TLS_PEEK_API_MAX);
            demand(now.api_version >= 0 && now.api_version < 256);
        }
        last = now;
    }
    return 0;
}
