"""interop - confluent-kafka against a running broker, feature by feature. See ../README.md."""

import os
import sys
import time

import confluent_kafka
from confluent_kafka import KafkaError, KafkaException, TopicPartition
from confluent_kafka import admin as ck_admin

sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import contract  # noqa: E402  pylint: disable=wrong-import-position
from contract import SECONDS, check, check_equal, key, rows, topic_of, until, value  # noqa: E402


def settings(user=contract.USER, **more):
    base = {"bootstrap.servers": contract.BOOTSTRAP, "security.protocol": "SASL_SSL",
            "ssl.ca.location": contract.CA, "sasl.mechanisms": "PLAIN",
            "sasl.username": user[0], "sasl.password": user[1], "log_level": 0}
    base.update({k if k == "error_cb" else k.replace("_", "."): v for k, v in more.items()})
    return base


def done(futures):
    for future in futures.values():
        future.result(SECONDS)


def create(topic, **config):
    client = ck_admin.AdminClient(settings())  # named, since the futures do not keep it
    config = {k.replace("_", "."): v for k, v in config.items()}
    done(client.create_topics([ck_admin.NewTopic(topic, 1, 1, config=config)]))


def produce(topic, records, **more):
    """records: (key, value) or (key, value, keyword arguments)."""
    failed = []
    producer = confluent_kafka.Producer(settings(**more))
    for record in records:
        producer.produce(topic, record[1], key=record[0], on_delivery=lambda e, m:
                         failed.append(e) if e else None, **(record[2] if record[2:] else {}))
    check_equal(producer.flush(SECONDS), 0, "messages that were not delivered")
    if failed:
        raise KafkaException(failed[0])


class Reader:
    """A consumer that is closed at the end; assigned by hand, or in a group."""

    def __init__(self, **more):
        self.consumer = confluent_kafka.Consumer(settings(**dict(
            {"group_id": topic_of("reader"), "enable_auto_commit": False,
             "auto_offset_reset": "error"}, **more)))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.consumer.close()

    def at(self, topic, offset):
        self.consumer.assign([TopicPartition(topic, 0, offset)])
        return self

    def take(self, count):
        found = []

        def step():
            for message in self.consumer.consume(count - len(found), 1.0):
                if message.error():
                    raise KafkaException(message.error())
                found.append(message)
            return len(found) == count
        until(step, f"{count} records")
        return found


def read(topic, count, offset=0):
    with Reader() as reader:
        return reader.at(topic, offset).take(count)


def pairs(messages):
    return [(m.key(), m.value()) for m in messages]


def connect():
    topics = confluent_kafka.Consumer(settings(group_id="none")).list_topics(timeout=SECONDS)
    check(topics.brokers, "no broker in the metadata")


def admin():
    client = ck_admin.AdminClient(settings())
    topic = topic_of("admin")
    done(client.create_topics([ck_admin.NewTopic(topic, 3, 1)]))
    check_equal(sorted(client.list_topics(topic, SECONDS).topics[topic].partitions), [0, 1, 2],
                "partitions")
    done(client.delete_topics([topic]))
    until(lambda: topic not in client.list_topics(timeout=SECONDS).topics, "the topic is gone")


def configs():
    client = ck_admin.AdminClient(settings())
    topic = topic_of("configs")

    def resource(**more):
        return ck_admin.ConfigResource(ck_admin.RESOURCE_TOPIC, topic, **more)

    def setting(name):
        return client.describe_configs([resource()])[resource()].result(SECONDS)[name].value
    create(topic, retention_ms="60000")
    check_equal(setting("retention.ms"), "60000", "retention.ms")
    done(client.alter_configs([resource(set_config={"retention.ms": "70000"})]))
    check_equal(setting("retention.ms"), "70000", "retention.ms after the change")
    if not hasattr(client, "incremental_alter_configs"):  # newer than Debian's
        return
    done(client.incremental_alter_configs([resource(incremental_configs=[
        ck_admin.ConfigEntry("max.message.bytes", "2000",
                             incremental_operation=ck_admin.AlterConfigOpType.SET)])]))
    check_equal([setting("retention.ms"), setting("max.message.bytes")], ["70000", "2000"],
                "settings after the change of one")


def codec(name):
    def run():
        create(topic_of(name))
        produce(topic_of(name), rows(), compression_type=name, linger_ms=100)
        check_equal(pairs(read(topic_of(name), contract.ROWS)), rows(), "rows")
    return run


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
    check_equal([m.offset() for m in found], list(range(30, 50)), "offsets")


def timestamp():
    topic = topic_of("timestamp")
    begin = int(time.time() * 1000) - 100_000
    create(topic)
    produce(topic, [(key(i), value(i), {"timestamp": begin + i * 1000}) for i in range(50)])
    with Reader() as reader:
        # Between two rows: the later one counts.
        found = reader.consumer.offsets_for_times(
            [TopicPartition(topic, 0, begin + 19_500)], timeout=SECONDS)
        check_equal(found[0].offset, 20, "offset for the timestamp")
        messages = reader.at(topic, found[0].offset).take(30)
    check_equal(pairs(messages), rows()[20:], "rows")
    check_equal([m.timestamp()[1] for m in messages],
                [begin + i * 1000 for i in range(20, 50)], "timestamps")


def headers():
    wanted = [("text", b"abc"), ("bytes", bytes(range(256))), ("empty", b""), ("null", None),
              ("text", b"again")]
    create(topic_of("headers"))
    produce(topic_of("headers"), [(b"k", b"v", {"headers": wanted})])
    check_equal(read(topic_of("headers"), 1)[0].headers(), wanted, "headers")


def tombstone():
    wanted = [(b"k", b"v"), (b"k", None), (b"k", b""), (None, b"v")]
    create(topic_of("tombstone"))
    produce(topic_of("tombstone"), wanted)
    check_equal(pairs(read(topic_of("tombstone"), 4)), wanted, "rows")


def group():
    topic = topic_of("group")
    more = {"group_id": topic, "auto_offset_reset": "earliest"}
    create(topic)
    produce(topic, rows())
    with Reader(**more) as first:
        first.consumer.subscribe([topic])
        found = first.take(20)
        first.consumer.commit(found[-1], asynchronous=False)
    with Reader(**more) as second:
        second.consumer.subscribe([topic])
        found += second.take(30)
    check_equal(pairs(found), rows(), "rows of the two consumers")


def refused(codes, action, what):
    """By one of these error codes."""
    e = contract.check_refused(action, KafkaException, what)
    check(e.args[0].code() in codes, f"{what}: {e}")


def errors():
    topic = topic_of("errors")
    create(topic)
    produce(topic, rows())
    refused([KafkaError.TOPIC_AUTHORIZATION_FAILED],
            lambda: produce(topic, rows(1), user=contract.OTHER), "another's produce")

    with Reader(user=contract.OTHER) as reader:
        seen = reader.consumer.list_topics(topic, SECONDS).topics[topic]
        check_equal(seen.error.code(), KafkaError.TOPIC_AUTHORIZATION_FAILED,
                    "another's metadata")
        refused([KafkaError.GROUP_AUTHORIZATION_FAILED],
                lambda: reader.at(topic, 0).take(1), "another's group")

    refused([KafkaError._AUTO_OFFSET_RESET, KafkaError.OFFSET_OUT_OF_RANGE],
            lambda: read(topic, 1, offset=1000), "an offset out of range")
    with Reader(auto_offset_reset="earliest") as reader:
        check_equal(pairs(reader.at(topic, 1000).take(50)), rows(), "rows after the reset")

    refused([KafkaError.MSG_SIZE_TOO_LARGE], lambda: produce(
        topic, [(b"k", bytes(contract.TOO_LARGE))], message_max_bytes=5_000_000),
        "too large a message")

    seen = []
    wrong = confluent_kafka.Producer(settings(
        user=(contract.USER[0], contract.WRONG_PASSWORD), reconnect_backoff_ms=5000,
        error_cb=lambda e: seen.append(e.code())))
    until(lambda: wrong.poll(1.0) or seen, "an error for the wrong password")
    check_equal(seen[0], KafkaError._AUTHENTICATION, "the wrong password's error")


contract.report(
    f"{confluent_kafka.__version__} (librdkafka {confluent_kafka.libversion()[0]})",
    {"connect": connect, "admin": admin, "configs": configs,
     **{name: codec(name) for name in ("none", "gzip", "snappy", "lz4", "zstd")},
     **{f"acks{name}": acks(name) for name in ("0", "1", "all")},
     "offset": offset, "timestamp": timestamp, "headers": headers, "tombstone": tombstone,
     "group": group, "errors": errors})
