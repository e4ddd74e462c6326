"""records - what tests of several files do with python3-confluent-kafka."""

import time

try:
    import confluent_kafka
    MISSING = None
except ImportError:
    confluent_kafka = None
    MISSING = "python3-confluent-kafka is not installed"


def read_all(broker, topic, partitions, user="bob", seconds=60):
    """Every record as (partition, offset, value), from the beginning to the end of now."""
    consumer = confluent_kafka.Consumer(dict(
        broker.librdkafka(user), **{"group.id": "reader", "enable.auto.commit": False,
                                    "auto.offset.reset": "earliest"}))
    try:
        ends, found = {}, []
        for p in range(partitions):
            place = confluent_kafka.TopicPartition(topic, p)
            ends[p] = consumer.get_watermark_offsets(place, timeout=30)
        consumer.assign([confluent_kafka.TopicPartition(topic, p, low)
                         for p, (low, high) in ends.items() if high > low])
        at = {p: low for p, (low, high) in ends.items() if high > low}
        deadline = time.monotonic() + seconds
        while any(at[p] < ends[p][1] for p in at):
            if time.monotonic() > deadline:
                raise AssertionError(f"read up to {at} of {ends} in {seconds} s")
            message = consumer.poll(1.0)
            if message is None or message.error():
                continue
            found.append((message.partition(), message.offset(), message.value()))
            at[message.partition()] = message.offset() + 1
        return found
    finally:
        consumer.close()


def ends_of(broker, topic, partitions, user="bob"):
    """{partition: offset behind its last record}."""
    consumer = confluent_kafka.Consumer(dict(broker.librdkafka(user), **{"group.id": "reader"}))
    try:
        return {p: consumer.get_watermark_offsets(
            confluent_kafka.TopicPartition(topic, p), timeout=30)[1] for p in range(partitions)}
    finally:
        consumer.close()


def committed(broker, group, topic, partitions, user="bob"):
    """{partition: committed offset}, -1 where there is none."""
    consumer = confluent_kafka.Consumer(dict(broker.librdkafka(user), **{"group.id": group}))
    try:
        places = [confluent_kafka.TopicPartition(topic, p) for p in range(partitions)]
        answer = consumer.committed(places, timeout=30)
        return {p.partition: max(p.offset, -1) for p in answer}
    finally:
        consumer.close()
