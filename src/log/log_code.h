/* log_code - the Kafka error codes that a log answers with. */
#ifndef LOG_CODE_H
#define LOG_CODE_H

enum log_code {
    LOG_CODE_UNKNOWN = -1, /* out of memory */
    LOG_CODE_NONE = 0,
    LOG_CODE_OFFSET_OUT_OF_RANGE = 1,
    LOG_CODE_CORRUPT_MESSAGE = 2,
    LOG_CODE_MESSAGE_TOO_LARGE = 10,
    LOG_CODE_RECORD_LIST_TOO_LARGE = 18,
    LOG_CODE_OUT_OF_ORDER_SEQUENCE = 45,
    LOG_CODE_INVALID_PRODUCER_EPOCH = 47,
    LOG_CODE_INVALID_TXN_STATE = 48,
    LOG_CODE_STORAGE_ERROR = 56,
    LOG_CODE_INVALID_RECORD = 87,
};

#endif
