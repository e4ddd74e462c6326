"""batch - record batches for the tests, good ones and bad ones."""

import gzip
import struct
import zlib

TIME_MS = 1_600_000_000_000  # long past, so that it is no time of today
HEADER = ">qiibIhiqqqhii"
ATTRIBUTES_AT = 21


def crc32c_table():
    table = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
        table.append(value)
    return table


TABLE = crc32c_table()


def crc32c(data):
    value = 0xFFFFFFFF
    for byte in data:
        value = value >> 8 ^ TABLE[(value ^ byte) & 0xFF]
    return value ^ 0xFFFFFFFF


def varint(value):
    value = (value << 1 ^ value >> 63) & 0xFFFFFFFFFFFFFFFF
    out = bytearray()
    while value > 0x7f:
        out.append(value & 0x7f | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def snappy(data):
    """As libraries write it, one block, here of one literal."""
    return (bytes([len(data) & 0x7f | 0x80, len(data) >> 7]) + b"\xf4"
            + (len(data) - 1).to_bytes(2, "little") + data)


def snappy_in_blocks(data):
    """As Java writes it: a header, and blocks with their length."""
    block = snappy(data)
    return (b"\x82SNAPPY\0" + struct.pack(">ii", 1, 1) + struct.pack(">i", len(block)) + block)


def lz4(data):
    """A frame with independent blocks, here one that is not compressed."""
    return (b"\x04\x22\x4d\x18\x60\x40\x82" + struct.pack("<I", len(data) | 1 << 31) + data
            + b"\0\0\0\0")


def zstd(data):
    """A frame of one segment and one raw block; up to 255 bytes."""
    return (b"\x28\xb5\x2f\xfd\x20" + bytes([len(data)])
            + (len(data) << 3 | 1).to_bytes(3, "little") + data)


def text(value):
    return varint(-1) if value is None else varint(len(value)) + value


def record(value, key=None, offset=0, time=0, headers=(), attributes=0, behind=b""):
    body = (struct.pack(">b", attributes) + varint(time) + varint(offset) + text(key)
            + text(value) + varint(len(headers))
            + b"".join(text(k) + text(v) for k, v in headers) + behind)
    return varint(len(body)) + body


def batch(*values, key=None, step=1, times=None, records=None, codec=0, behind=b"", **changes):
    """A batch of these values. changes: fields of the header as they are to be sent."""
    times = times or [0] * len(values)
    if records is None:
        records = b"".join(record(v, key, i * step, times[i]) for i, v in enumerate(values))
    if codec == 1:
        records = gzip.compress(records, mtime=0)
    field = {"offset": 0, "leader_epoch": -1, "magic": 2, "attributes": codec,
             "last_delta": (len(values) - 1) * step, "base_time": TIME_MS,
             "max_time": TIME_MS + max(times, default=0), "producer": -1, "epoch": -1,
             "sequence": -1, "count": len(values), "length": None, "crc": None}
    unknown = set(changes) - set(field)
    if unknown:
        raise ValueError(f"a batch has no {sorted(unknown)}")
    field.update(changes)
    length = 49 + len(records) if field["length"] is None else field["length"]
    data = bytearray(struct.pack(
        HEADER, field["offset"], length, field["leader_epoch"], field["magic"], 0,
        field["attributes"], field["last_delta"], field["base_time"], field["max_time"],
        field["producer"], field["epoch"], field["sequence"], field["count"]) + records)
    crc = crc32c(data[ATTRIBUTES_AT:]) if field["crc"] is None else field["crc"]
    data[17:21] = struct.pack(">I", crc)
    return bytes(data) + behind


def old_message(value, magic=1):
    """An entry of the formats that came before batches."""
    body = struct.pack(">bb", magic, 0) + (struct.pack(">q", TIME_MS) if magic else b"")
    body += struct.pack(">i", -1) + struct.pack(">i", len(value)) + value
    return struct.pack(">qiI", 0, len(body) + 4, zlib.crc32(body)) + body
