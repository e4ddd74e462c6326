"""interop - kafka-python against a running broker, feature by feature. See ../README.md.

For 2.0.2 and for 3.x, whose administrator's answers have other shapes.
"""

import os
import sys
import time

import kafka
from kafka import KafkaConsumer, KafkaProducer, OffsetAndMetadata, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient, NewTopic

sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import contract  # noqa: E402  pylint: disable=wrong-import-position
from contract import (SECONDS, check, check_equal, check_refused, key,  # noqa: E402
                      rows, topic_of, until, value)

IS_OLD = kafka.__version__.startswith("2.0")


def settings(user=contract.USER, **more):
    return dict({"bootstrap_servers": contract.BOOTSTRAP, "security_protocol": "SASL_SSL",
                 "ssl_cafile": contract.CA, "sasl_mechanism": "PLAIN",
                 "sasl_plain_username": user[0], "sasl_plain_password": user[1]}, **more)


class Closing:
    """Closes what it opened; kafka-python's own classes know no `with` in 2.0.2."""

    def __init__(self, kind, *arguments, **more):
        self.thing = kind(*arguments, **settings(**more))

    def __enter__(self):
        return self.thing

    def __exit__(self, *_):
        self.thing.close()


def create(topic, partitions=1, **config):
    with Closing(KafkaAdminClient) as client:
        client.create_topics([NewTopic(topic, partitions, 1, topic_configs={
            k.replace("_", "."): v for k, v in config.items()})])


def produce(topic, records, **more):
    """records: (key, value) or (key, value, keyword arguments)."""
    more = dict({"retries": 0, "acks": "all"}, **more)
    if not IS_OLD and more.get("acks") in (0, 1):
        more["enable_idempotence"] = False  # which needs acks=all
    with Closing(KafkaProducer, **more) as producer:
        sent = [producer.send(topic, key=record[0], value=record[1],
                              **(record[2] if record[2:] else {})) for record in records]
        producer.flush(SECONDS)
        for future in sent:
            future.get(SECONDS)


def take(consumer, count):
    found = []

    def step():
        batches = consumer.poll(timeout_ms=1000, max_records=count - len(found))
        for batch in batches.values():
            found.extend(batch)
        return len(found) == count
    until(step, f"{count} records")
    return found


def read(topic, count, offset=0, **more):
    with Closing(KafkaConsumer, **more) as consumer:
        place = TopicPartition(topic, 0)
        consumer.assign([place])
        consumer.seek(place, offset)
        return take(consumer, count)


def pairs(records):
    return [(r.key, r.value) for r in records]


def connect():
    with Closing(KafkaConsumer) as consumer:
        check(isinstance(consumer.topics(), set), "no metadata")


def admin():
    topic = topic_of("admin")
    create(topic, 3)
    with Closing(KafkaAdminClient) as client:
        found = client.describe_topics([topic])[0]["partitions"]
        check_equal(len(found), 3, "partitions")
        client.delete_topics([topic])
        until(lambda: topic not in client.list_topics(), "the topic is gone")


def setting(client, topic, name):
    resource = ConfigResource(ConfigResourceType.TOPIC, topic)
    if IS_OLD:
        rows_of_topic = client.describe_configs([resource])[0].resources[0][4]
        return {row[0]: row[1] for row in rows_of_topic}[name]
    found = client.describe_configs([resource], config_filter="all")["topic"][topic]
    return found[name]["value"]


def configs():
    topic = topic_of("configs")
    create(topic, retention_ms="60000")
    with Closing(KafkaAdminClient) as client:
        check_equal(setting(client, topic, "retention.ms"), "60000", "retention.ms")
        client.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic,
                                             {"retention.ms": "70000"})])
        check_equal(setting(client, topic, "retention.ms"), "70000", "after the change")
        client.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic,
                                             {"max.message.bytes": "2000"})])
        check_equal(setting(client, topic, "max.message.bytes"), "2000", "the second change")


def codec(name):
    def run():
        create(topic_of(name))
        produce(topic_of(name), rows(), linger_ms=100,
                compression_type=None if name == "none" else name)
        check_equal(pairs(read(topic_of(name), contract.ROWS)), rows(), "rows")
    return run


def zstd():
    if IS_OLD and "zstd" not in KafkaProducer._COMPRESSORS:  # pylint: disable=protected-access
        raise contract.Absent("2.0.2 of Debian knows no zstd")
    codec("zstd")()


def acks(wanted):
    def run():
        topic = topic_of(f"acks{wanted}")
        create(topic)
        produce(topic, rows(), acks=wanted)
        check_equal(pairs(read(topic, contract.ROWS)), rows(), "rows")
    return run


def offset():
    create(topic_of("offset"))
    produce(topic_of("offset"), rows())
    found = read(topic_of("offset"), 20, offset=30)
    check_equal(pairs(found), rows()[30:], "rows")
    check_equal([r.offset for r in found], list(range(30, 50)), "offsets")


def timestamp():
    topic = topic_of("timestamp")
    begin = int(time.time() * 1000) - 100_000
    create(topic)
    produce(topic, [(key(i), value(i), {"timestamp_ms": begin + i * 1000}) for i in range(50)])
    with Closing(KafkaConsumer) as consumer:
        place = TopicPartition(topic, 0)
        consumer.assign([place])
        # Between two rows: the later one counts.
        found = consumer.offsets_for_times({place: begin + 19_500})[place]
        check_equal([found.offset, found.timestamp], [20, begin + 20_000], "what was found")
        consumer.seek(place, found.offset)
        records = take(consumer, 30)
    check_equal(pairs(records), rows()[20:], "rows")
    check_equal([r.timestamp for r in records],
                [begin + i * 1000 for i in range(20, 50)], "timestamps")


def headers():
    wanted = [("text", b"abc"), ("bytes", bytes(range(256))), ("empty", b""), ("text", b"again")]
    create(topic_of("headers"))
    produce(topic_of("headers"), [(b"k", b"v", {"headers": wanted})])
    check_equal(list(read(topic_of("headers"), 1)[0].headers), wanted, "headers")


def tombstone():
    wanted = [(b"k", b"v"), (b"k", None), (b"k", b""), (None, b"v")]
    create(topic_of("tombstone"))
    produce(topic_of("tombstone"), wanted)
    check_equal(pairs(read(topic_of("tombstone"), 4)), wanted, "rows")


def group():
    topic = topic_of("group")
    more = {"group_id": topic, "auto_offset_reset": "earliest", "enable_auto_commit": False}
    create(topic)
    produce(topic, rows())
    with Closing(KafkaConsumer, topic, **more) as first:
        found = take(first, 20)
        place = TopicPartition(topic, 0)
        first.commit({place: OffsetAndMetadata(20, "") if IS_OLD
                      else OffsetAndMetadata(20, "", -1)})
        check_equal(first.committed(place), 20, "committed")
    with Closing(KafkaConsumer, topic, **more) as second:
        found += take(second, 30)
    check_equal(pairs(found), rows(), "rows of the two consumers")


def errors():
    topic = topic_of("errors")
    create(topic)
    produce(topic, rows())
    refused = kafka.errors.TopicAuthorizationFailedError
    # The producer of 2.0.2 asks again and again for a topic that alone was refused.
    check_refused(lambda: produce(topic, rows(1), user=contract.OTHER, max_block_ms=2000),
                  kafka.errors.KafkaTimeoutError if IS_OLD else refused, "another's produce")
    with Closing(KafkaConsumer, topic, user=contract.OTHER, group_id=topic) as consumer:
        check_refused(lambda: take(consumer, 1),
                      (refused, kafka.errors.GroupAuthorizationFailedError), "another's read")

    check_refused(lambda: read(topic, 1, offset=1000, auto_offset_reset="none"),
                  kafka.errors.OffsetOutOfRangeError, "an offset out of range")
    check_equal(pairs(read(topic, 50, offset=1000, auto_offset_reset="earliest")), rows(),
                "rows after the reset")

    check_refused(
        lambda: produce(topic, [(b"k", bytes(contract.TOO_LARGE))], max_request_size=5_000_000),
        kafka.errors.MessageSizeTooLargeError, "too large a message")

    # Both try again for as long as they may; neither says what was wrong in the end.
    with_wrong = settings(user=(contract.USER[0], contract.WRONG_PASSWORD),
                          reconnect_backoff_ms=5000)
    if not IS_OLD:
        with_wrong["bootstrap_timeout_ms"] = 3000
    check_refused(lambda: KafkaConsumer(**with_wrong), kafka.errors.NoBrokersAvailable if IS_OLD
                  else kafka.errors.KafkaTimeoutError, "a wrong password")


contract.report(
    kafka.__version__,
    {"connect": connect, "admin": admin, "configs": configs,
     **{name: codec(name) for name in ("none", "gzip", "snappy", "lz4")}, "zstd": zstd,
     "acks0": acks(0), "acks1": acks(1), "acksall": acks("all"),
     "offset": offset, "timestamp": timestamp, "headers": headers, "tombstone": tombstone,
     "group": group, "errors": errors})
