#include "exchange_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    exchange_fuzz(EXCHANGE_FORMAT_REDPANDA, data, size);
    return 0;
}
