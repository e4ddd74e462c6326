"""interop - aiokafka against a running broker, feature by feature. See ../README.md."""

import asyncio
import logging
import os
import sys
import time

import aiokafka
import aiokafka.errors
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.helpers import create_ssl_context

sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import contract  # noqa: E402  pylint: disable=wrong-import-position
from contract import SECONDS, check, check_equal, key, rows, topic_of, value  # noqa: E402

logging.getLogger("aiokafka").setLevel(logging.CRITICAL)


def settings(user=contract.USER, **more):
    return dict({"bootstrap_servers": contract.BOOTSTRAP, "security_protocol": "SASL_SSL",
                 "ssl_context": create_ssl_context(cafile=contract.CA),
                 "sasl_mechanism": "PLAIN", "sasl_plain_username": user[0],
                 "sasl_plain_password": user[1]}, **more)


class Admin:
    """`async with Admin() as client`, which AIOKafkaAdminClient itself does not know."""

    async def __aenter__(self):
        self.client = AIOKafkaAdminClient(**settings())
        await self.client.start()
        return self.client

    async def __aexit__(self, *_):
        await self.client.close()


async def create(topic, partitions=1, **config):
    async with Admin() as client:
        answer = await client.create_topics([NewTopic(topic, partitions, 1, topic_configs={
            k.replace("_", "."): v for k, v in config.items()})])
        check_equal([error[1] for error in answer.topic_errors], [0], "create's error code")


async def produce(topic, records, **more):
    """records: (key, value) or (key, value, keyword arguments)."""
    more = dict({"acks": "all"}, **more)
    async with AIOKafkaProducer(**settings(**more)) as producer:
        sent = [await producer.send(topic, key=record[0], value=record[1], partition=0,
                                    **(record[2] if record[2:] else {})) for record in records]
        await asyncio.gather(*sent)


async def take(consumer, count):
    found = []
    while len(found) < count:
        batches = await consumer.getmany(timeout_ms=1000, max_records=count - len(found))
        for batch in batches.values():
            found.extend(batch)
    return found


async def read(topic, count, offset=0, **more):
    async with AIOKafkaConsumer(**settings(**more)) as consumer:
        place = TopicPartition(topic, 0)
        consumer.assign([place])
        consumer.seek(place, offset)
        return await take(consumer, count)


def pairs(records):
    return [(r.key, r.value) for r in records]


async def refused(action, kinds, what):
    """The coroutine raises one of these kinds."""
    try:
        result = await action
    except kinds:
        return
    raise AssertionError(f"{what} was not refused but gave {result!r:.200}")


async def connect():
    async with AIOKafkaConsumer(**settings()) as consumer:
        check(isinstance(await consumer.topics(), set), "no metadata")


async def admin():
    topic = topic_of("admin")
    await create(topic, 3)
    async with Admin() as client:
        found = (await client.describe_topics([topic]))[0]
        check_equal(len(found["partitions"]), 3, "partitions")
        answer = await client.delete_topics([topic])
        check_equal([code for _, code in answer.topic_error_codes], [0], "delete's error code")
        while topic in await client.list_topics():
            pass


async def setting(client, topic, name):
    answer = await client.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])
    return {row[0]: row[1] for row in answer[0].resources[0][4]}[name]


async def configs():
    topic = topic_of("configs")
    await create(topic, retention_ms="60000")
    async with Admin() as client:
        check_equal(await setting(client, topic, "retention.ms"), "60000", "retention.ms")
        answer = await client.alter_configs([ConfigResource(
            ConfigResourceType.TOPIC, topic, {"retention.ms": "70000"})])
        check_equal(answer[0].resources[0][0], 0, "alter's error code")
        check_equal(await setting(client, topic, "retention.ms"), "70000", "after the change")


def codec(name):
    async def run():
        await create(topic_of(name))
        await produce(topic_of(name), rows(), linger_ms=100,
                      compression_type=None if name == "none" else name)
        check_equal(pairs(await read(topic_of(name), contract.ROWS)), rows(), "rows")
    return run


def acks(wanted):
    async def run():
        topic = topic_of(f"acks{wanted}")
        await create(topic)
        await produce(topic, rows(), acks=wanted)
        check_equal(pairs(await read(topic, contract.ROWS)), rows(), "rows")
    return run


async def offset():
    await create(topic_of("offset"))
    await produce(topic_of("offset"), rows())
    found = await read(topic_of("offset"), 20, offset=30)
    check_equal(pairs(found), rows()[30:], "rows")
    check_equal([r.offset for r in found], list(range(30, 50)), "offsets")


async def timestamp():
    topic = topic_of("timestamp")
    begin = int(time.time() * 1000) - 100_000
    await create(topic)
    await produce(topic, [(key(i), value(i), {"timestamp_ms": begin + i * 1000})
                          for i in range(50)])
    async with AIOKafkaConsumer(**settings()) as consumer:
        place = TopicPartition(topic, 0)
        consumer.assign([place])
        # Between two rows: the later one counts.
        found = (await consumer.offsets_for_times({place: begin + 19_500}))[place]
        check_equal([found.offset, found.timestamp], [20, begin + 20_000], "what was found")
        consumer.seek(place, found.offset)
        records = await take(consumer, 30)
    check_equal(pairs(records), rows()[20:], "rows")
    check_equal([r.timestamp for r in records],
                [begin + i * 1000 for i in range(20, 50)], "timestamps")


async def headers():
    wanted = [("text", b"abc"), ("bytes", bytes(range(256))), ("empty", b""), ("text", b"again")]
    await create(topic_of("headers"))
    await produce(topic_of("headers"), [(b"k", b"v", {"headers": wanted})])
    check_equal(list((await read(topic_of("headers"), 1))[0].headers), wanted, "headers")


async def tombstone():
    wanted = [(b"k", b"v"), (b"k", None), (b"k", b""), (None, b"v")]
    await create(topic_of("tombstone"))
    await produce(topic_of("tombstone"), wanted)
    check_equal(pairs(await read(topic_of("tombstone"), 4)), wanted, "rows")


async def group():
    topic = topic_of("group")
    more = {"group_id": topic, "auto_offset_reset": "earliest", "enable_auto_commit": False}
    await create(topic)
    await produce(topic, rows())
    async with AIOKafkaConsumer(topic, **settings(**more)) as first:
        found = await take(first, 20)
        await first.commit({TopicPartition(topic, 0): 20})
    async with AIOKafkaConsumer(topic, **settings(**more)) as second:
        found += await take(second, 30)
    check_equal(pairs(found), rows(), "rows of the two consumers")


async def errors():
    topic = topic_of("errors")
    await create(topic)
    await produce(topic, rows())
    denied = aiokafka.errors.TopicAuthorizationFailedError
    await refused(produce(topic, rows(1), user=contract.OTHER), denied, "another's produce")

    async def read_as_other():
        async with AIOKafkaConsumer(topic, **settings(user=contract.OTHER)) as consumer:
            return await take(consumer, 1)
    await refused(read_as_other(), denied, "another's read")

    await refused(read(topic, 1, offset=1000, auto_offset_reset="none"),
                  aiokafka.errors.OffsetOutOfRangeError, "an offset out of range")
    check_equal(pairs(await read(topic, 50, offset=1000, auto_offset_reset="earliest")), rows(),
                "rows after the reset")

    await refused(
        produce(topic, [(b"k", bytes(contract.TOO_LARGE))], max_request_size=5_000_000),
        aiokafka.errors.MessageSizeTooLargeError, "too large a message")

    wrong = AIOKafkaConsumer(**settings(user=(contract.USER[0], contract.WRONG_PASSWORD)))
    try:
        await refused(wrong.start(), aiokafka.errors.KafkaConnectionError, "a wrong password")
    finally:
        await wrong.stop()


def in_time(feature):
    return lambda: asyncio.run(asyncio.wait_for(feature(), SECONDS))


contract.report(aiokafka.__version__, {name: in_time(feature) for name, feature in {
    "connect": connect, "admin": admin, "configs": configs,
    **{name: codec(name) for name in ("none", "gzip", "snappy", "lz4", "zstd")},
    "acks0": acks(0), "acks1": acks(1), "acksall": acks("all"),
    "offset": offset, "timestamp": timestamp, "headers": headers, "tombstone": tombstone,
    "group": group, "errors": errors}.items()})
