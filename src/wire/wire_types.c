#include "wire_types.h"

const char *wire_err_text(enum wire_err e)
{
    switch (e) {
    case WIRE_OK:
        return "ok";
    case WIRE_ERR_SHORT:
        return "the frame ends inside a field";
    case WIRE_ERR_VARINT:
        return "a varint does not fit its type";
    case WIRE_ERR_NULL:
        return "null where a value is required";
    case WIRE_ERR_LIMIT:
        return "a length or count outside its limits";
    case WIRE_ERR_TRAILING:
        return "bytes after the last field";
    case WIRE_ERR_UTF8:
        return "a string is not UTF-8";
    case WIRE_ERR_VALUE:
        return "a value outside its type";
    case WIRE_ERR_MEMORY:
        return "the message needs too much memory";
    case WIRE_ERR_VERSION:
        return "no such API or version";
    }
    return "unknown error";
}
