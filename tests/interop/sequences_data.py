"""sequences_data - Produce, Fetch, ListOffsets, DeleteRecords and what is asked about the log."""

import gzip

import batch
from batch import TIME_MS
from compare import MADE_UP_ID
from sequence import ALL, HIGH, LOW, on


# -- Produce --

def send(t, topic, topic_id, records, partition=0, acks=-1, transactional=None, **more):
    return t.ask("Produce", t.version, Acks=acks, TimeoutMs=30000, TransactionalId=transactional,
                 TopicData=[{"Name": topic, "TopicId": topic_id, "PartitionData": [
                     {"Index": partition, "Records": records}]}], **more)


@on("Produce", ALL)
def one_batch(t):
    topic = t.topic()
    send(t, *topic, batch.batch(b"a", b"b", b"c"))
    send(t, *topic, batch.batch(b"d"), acks=1)


@on("Produce")
def unknown_things(t):
    topic = t.topic()
    send(t, t.own("no"), MADE_UP_ID, batch.batch(b"a"))
    send(t, *topic, batch.batch(b"a"), partition=7)
    send(t, *topic, batch.batch(b"a"), partition=-1)
    send(t, "", "00000000-0000-0000-0000-000000000000", batch.batch(b"a"))
    send(t, "bad name", MADE_UP_ID, batch.batch(b"a"))


@on("Produce")
def acks(t):
    topic = t.topic()
    for value in (-2, 2, 32767, -32768):
        send(t, *topic, batch.batch(b"a"), acks=value)
    t.send("Produce", t.version, Acks=0, TimeoutMs=1000, TopicData=[
        {"Name": topic[0], "TopicId": topic[1], "PartitionData": [
            {"Index": 0, "Records": batch.batch(b"a")}]}])
    # acks=0 has no answer: the next one is the answer to the next request.
    t.ask("Metadata", 4, Topics=[])


@on("Produce")
def acks_0_and_an_error(t):
    t.send("Produce", t.version, Acks=0, TimeoutMs=1000, TopicData=[
        {"Name": t.own("no"), "TopicId": MADE_UP_ID, "PartitionData": [
            {"Index": 0, "Records": batch.batch(b"a")}]}])
    t.ask("Metadata", 4, Topics=[])


@on("Produce")
def no_topics_and_no_partitions(t):
    name, topic_id = t.topic()
    t.ask(Acks=-1, TimeoutMs=1000, TopicData=[])
    t.ask(Acks=-1, TimeoutMs=1000, TopicData=[{"Name": name, "TopicId": topic_id,
                                               "PartitionData": []}])


@on("Produce")
def several_topics_and_partitions(t):
    first, second = t.topic("x", 2), t.topic("y")
    t.ask(Acks=-1, TimeoutMs=1000, TopicData=[
        {"Name": first[0], "TopicId": first[1], "PartitionData": [
            {"Index": 0, "Records": batch.batch(b"a")},
            {"Index": 1, "Records": batch.batch(b"b", crc=1)},
            {"Index": 2, "Records": batch.batch(b"c")}]},
        {"Name": second[0], "TopicId": second[1], "PartitionData": [
            {"Index": 0, "Records": batch.batch(b"d", b"e")}]}])


@on("Produce", HIGH)
def the_same_partition_twice(t):
    name, topic_id = t.topic()
    t.ask(Acks=-1, TimeoutMs=1000, TopicData=[{"Name": name, "TopicId": topic_id, "PartitionData": [
        {"Index": 0, "Records": batch.batch(b"a")}, {"Index": 0, "Records": batch.batch(b"b")}]}])


@on("Produce")
def bad_headers(t):
    topic = t.topic()
    good = batch.batch(b"a", b"b")
    for records in (
            b"", good[:20], good[:60], good[:-1], batch.batch(b"a", crc=1),
            batch.batch(b"a", length=5), batch.batch(b"a", length=-1),
            batch.batch(b"a", length=13), batch.batch(b"a", length=48),
            batch.batch(b"a", offset=5), batch.batch(b"a", offset=-1),
            batch.batch(b"a", magic=3), batch.batch(b"a", magic=1), batch.batch(b"a", magic=-1),
            batch.batch(b"a", last_delta=-1), batch.batch(b"a", last_delta=1),
            batch.batch(b"a", count=0), batch.batch(b"a", count=-1), batch.batch(b"a", count=2),
            batch.batch(b"a", b"b", count=1), batch.batch(b"a", b"b", last_delta=0, count=1),
            batch.batch(), batch.batch(b"a", last_delta=2147483647, count=2147483647),
            good + good,
            batch.old_message(b"a", 0), batch.old_message(b"a", 1)):
        send(t, *topic, records)


@on("Produce")
def refused_behind_the_batch(t):
    for i, behind in enumerate((batch.batch(b"a")[:30], b"x", b"\0" * 61)):
        send(t, *t.topic(f"t{i}"), batch.batch(b"a", b"b", behind=behind))


@on("Produce")
def refused_bits_of_brokers(t):
    for attributes in (0x08, 0x40):
        send(t, *t.topic(f"t{attributes}"), batch.batch(b"a", attributes=attributes))


@on("Produce")
def bits_of_transactions(t):
    topic = t.topic()
    for attributes in (0x10, 0x30):
        send(t, *topic, batch.batch(b"a", attributes=attributes))


@on("Produce")
def bad_attributes(t):
    topic = t.topic()
    for attributes in (0x20, 0x80, 0x100, 5, 6, 7):
        send(t, *topic, batch.batch(b"a", attributes=attributes))
    for codec in (1, 2, 3, 4):
        send(t, *topic, batch.batch(b"a", records=b"not compressed", attributes=codec))
        send(t, *topic, batch.batch(b"a", records=b"", attributes=codec))


@on("Produce", HIGH)
def bad_records(t):
    topic = t.topic()
    good = batch.record(b"a")
    for records in (
            good + b"\0", good[:-1], b"\x01" + good[1:], b"", b"\xff" * 12,
            batch.record(b"a", attributes=3), batch.record(b"a", behind=b"\0"),
            batch.record(None),
            batch.record(b"a", headers=[(b"k", b"v"), (b"k", None)]),
            batch.record(b"a", headers=[(None, b"v")]),
            b"\x0e\0\0\0\x01\x02a\x63"):
        send(t, *topic, batch.batch(b"a", records=records))
    for records in (good + b"\0", good[:-1]):
        send(t, *topic, batch.batch(b"a", records=gzip.compress(records, mtime=0), attributes=1))


@on("Produce", HIGH)
def refused_offset_deltas(t):
    for i, records in enumerate((batch.record(b"a", offset=5), batch.record(b"a", offset=-1))):
        send(t, *t.topic(f"t{i}"), batch.batch(b"a", records=records))
    send(t, *t.topic("u"), batch.batch(b"a", b"b", records=batch.record(b"a") + batch.record(b"b")))
    send(t, *t.topic("v"), batch.batch(b"a", b"b", step=3))


@on("Produce", HIGH)
def compressed(t):
    name, topic_id = t.topic()
    send(t, name, topic_id, batch.batch(b"a" * 100, b"b", codec=1))
    send(t, name, topic_id, batch.batch(b"a", b"b", codec=1, step=2))
    fetch(t, name, topic_id)


@on("Produce", HIGH)
def every_codec(t):
    plain = batch.record(b"a") + batch.record(b"b", offset=1)
    for codec, pack in ((1, lambda data: gzip.compress(data, mtime=0)), (2, batch.snappy),
                        (2, batch.snappy_in_blocks), (3, batch.lz4), (4, batch.zstd)):
        for i, data in enumerate((pack(plain), pack(plain)[:-1], pack(plain + b"x"),
                                  pack(plain[:-1]), pack(plain + plain))):
            topic = t.topic(f"{pack.__name__.strip('<>')}-{codec}-{i}")
            send(t, *topic, batch.batch(b"a", b"b", records=data, attributes=codec))
            fetch(t, *topic)


@on("Produce", HIGH)
def refused_behind_the_compressed_data(t):
    for codec, pack in ((1, lambda data: gzip.compress(data, mtime=0)), (2, batch.snappy),
                        (2, batch.snappy_in_blocks), (3, batch.lz4), (4, batch.zstd)):
        topic = t.topic(f"{pack.__name__.strip('<>')}-{codec}")
        send(t, *topic, batch.batch(b"a", records=pack(batch.record(b"a")) + b"x",
                                    attributes=codec))


@on("Produce", HIGH)
def after_records_were_deleted(t):
    name, topic_id = filled(t)
    t.quiet("DeleteRecords", TimeoutMs=5000, Topics=[
        {"Name": name, "Partitions": [{"PartitionIndex": 0, "Offset": 2}]}])
    send(t, name, topic_id, batch.batch(b"a"))
    fetch(t, name, topic_id, offset=1)
    fetch(t, name, topic_id, offset=2)


def made_again(t):
    """(name, the id that it had, the one that it has)."""
    name, before = filled(t)
    t.quiet("DeleteTopics", 5, TopicNames=[name], TimeoutMs=30000)
    t.eventually(lambda: t.quiet("Metadata", Topics=[{"Name": name}],
                                 AllowAutoTopicCreation=False)["Topics"][0]["ErrorCode"] == 3,
                 "the topic is gone")
    return name, before, t.topic()[1]


@on("Produce", HIGH)
def to_a_topic_that_was_made_again(t):
    name, before, now = made_again(t)
    send(t, name, before, batch.batch(b"a"))
    send(t, name, now, batch.batch(b"a"))
    t.ask("Metadata", 13, Topics=[{"Name": None, "TopicId": before}])
    t.ask("Metadata", 13, Topics=[{"Name": None, "TopicId": now}])


@on("Fetch", HIGH, 12)
def of_a_topic_that_was_made_again(t):
    name, before, now = made_again(t)
    fetch(t, name, before)
    fetch(t, name, now)


@on("Produce", LOW, 6, 7)
def zstd_by_version(t):
    send(t, *t.topic(), batch.batch(b"a", attributes=4))


@on("Produce", HIGH)
def too_large(t):
    topic = t.topic(configs={"max.message.bytes": "1000"})
    send(t, *topic, batch.batch(b"a" * 900))
    send(t, *topic, batch.batch(b"a" * 1000))
    size = len(batch.batch(b"a" * 900))
    send(t, *topic, batch.batch(b"a" * (900 + 1000 - size)))
    send(t, *topic, batch.batch(b"a" * (900 + 1001 - size)))
    send(t, *t.topic("default"), batch.batch(b"a" * 1048588))


@on("Produce", HIGH)
def times(t):
    topic = t.topic()
    for changes in ({"base_time": -1, "max_time": -1}, {"max_time": 5}, {"base_time": 0},
                    {"base_time": 4_000_000_000_000, "max_time": 4_000_000_000_000},
                    {"base_time": -2, "max_time": -2}):
        send(t, *topic, batch.batch(b"a", **changes))
    send(t, *topic, batch.batch(b"a", b"b", times=[0, -5]))
    fetch(t, *topic)


@on("Produce", HIGH)
def append_time(t):
    topic = t.topic(configs={"message.timestamp.type": "LogAppendTime"})
    send(t, *topic, batch.batch(b"a", b"b"))
    send(t, *topic, batch.batch(b"a", attributes=8))
    send(t, *topic, batch.batch(b"a", base_time=-1, max_time=-1))
    fetch(t, *topic)


def producer_id(t):
    """Of a new producer, as a batch has it."""
    def answered():
        answer = t.quiet("InitProducerId", TransactionalId=None, TransactionTimeoutMs=1000)
        return answer if answer["ErrorCode"] == 0 else None
    answer = t.eventually(answered, "a producer id")
    return {"producer": answer["ProducerId"], "epoch": answer["ProducerEpoch"]}


@on("Produce")
def idempotent(t):
    topic = t.topic()
    ids = producer_id(t)

    def numbered(sequence, count=1, **more):
        send(t, *topic, batch.batch(*[b"x"] * count, sequence=sequence, **{**ids, **more}))
    numbered(0)
    numbered(0)           # the same again
    numbered(1, 3)
    numbered(3)           # inside what was seen
    numbered(9)           # a gap
    numbered(-1)
    for at in range(4, 10):
        numbered(at)
    numbered(0)           # older than what is remembered
    numbered(10, epoch=ids["epoch"] + 1)
    numbered(0, epoch=ids["epoch"] + 1)
    numbered(10)          # of the epoch before
    numbered(0, epoch=-1)
    numbered(1, epoch=-2)


@on("Produce", HIGH)
def an_unknown_producer(t):
    topic = t.topic()
    send(t, *topic, batch.batch(b"a", producer=777777, epoch=3, sequence=5))
    send(t, *topic, batch.batch(b"a", producer=777777, epoch=3, sequence=6))
    send(t, *topic, batch.batch(b"a", producer=777778, epoch=0, sequence=2147483647))
    send(t, *topic, batch.batch(b"b", producer=777778, epoch=0, sequence=0))
    send(t, *topic, batch.batch(b"a", producer=-5, epoch=0, sequence=0))


@on("Produce", HIGH)
def transactional(t):
    topic = t.topic()
    send(t, *topic, batch.batch(b"a", attributes=0x10, producer=777, epoch=0, sequence=0))
    send(t, *topic, batch.batch(b"a"), transactional="nobody")


@on("Produce", HIGH)
def to_an_internal_topic(t):
    t.ask("FindCoordinator", 2, Key=t.own("g"), KeyType=0)
    found = t.quiet("Metadata", Topics=[{"Name": "__consumer_offsets"}])["Topics"][0]
    send(t, "__consumer_offsets", found["TopicId"], batch.batch(b"a"))
    send(t, "__cluster_metadata", MADE_UP_ID, batch.batch(b"a"))


@on("Produce", LOW, 12)
def internal_topic_by_name(t):
    send(t, "__consumer_offsets", MADE_UP_ID, batch.batch(b"a"))
    send(t, "__cluster_metadata", MADE_UP_ID, batch.batch(b"a"))


@on("Produce", HIGH)
def to_a_compacted_topic(t):
    name = t.own("t")
    answer = t.ask("CreateTopics", 5, Topics=[
        {"Name": name, "NumPartitions": 1, "ReplicationFactor": 1,
         "Configs": [{"Name": "cleanup.policy", "Value": "compact"}]}], timeoutMs=1000)
    if answer.get("Topics", [{"ErrorCode": -1}])[0]["ErrorCode"] == 0:
        topic = name, t.await_topic(name)
        send(t, *topic, batch.batch(b"a"))
        send(t, *topic, batch.batch(b"a", key=b"k"))


# -- Fetch --

def wanted(topic, topic_id, offset=0, partition=0, limit=1 << 20, **more):
    return {"Topic": topic, "TopicId": topic_id, "Partitions": [
        {"Partition": partition, "FetchOffset": offset, "PartitionMaxBytes": limit, **more}]}


def fetch(t, topic, topic_id, *, version=None, on_line="a", wait=100, least=1, most=1 << 20,
          isolation=0, session=None, forgotten=(), rows=None, **more):
    """Asks for one partition, or for rows."""
    version = version if version is not None else (
        t.version if t.api == "Fetch" else t.top("Fetch"))
    values = {"MaxWaitMs": wait, "MinBytes": least, "MaxBytes": most, "IsolationLevel": isolation,
              "Topics": [wanted(topic, topic_id, **more)] if rows is None else rows,
              "ForgottenTopicsData": list(forgotten)}
    if session is not None:
        values.update(SessionId=session[0], SessionEpoch=session[1])
    return t.ask("Fetch", version, on=on_line, **values)


def filled(t, count=3, size=10, what="t", partitions=1):
    """A topic with so many batches of one record."""
    topic = t.topic(what, partitions)
    for i in range(count):
        t.produce(*topic, batch.batch(bytes([97 + i]) * size, base_time=TIME_MS + 1000 * i,
                                      max_time=TIME_MS + 1000 * i))
    return topic


@on("Fetch", ALL)
def from_everywhere(t):
    topic = filled(t)
    for offset in (0, 1, 2, 3, 4, -1, -2, 1 << 60):
        fetch(t, *topic, offset=offset)


@on("Fetch")
def unknown_topics(t):
    name, topic_id = filled(t)
    fetch(t, t.own("no"), MADE_UP_ID)
    fetch(t, "", "00000000-0000-0000-0000-000000000000")
    fetch(t, "a b", MADE_UP_ID)
    for partition in (1, -1, 2147483647):
        fetch(t, name, topic_id, partition=partition)
    fetch(t, name, topic_id, rows=[])
    fetch(t, name, topic_id, rows=[{"Topic": name, "TopicId": topic_id, "Partitions": []}])


@on("Fetch")
def limits(t):
    topic = filled(t, 3, 1000)
    for most, limit in ((0, 0), (1, 1 << 20), (1 << 20, 1), (1500, 1 << 20), (1 << 20, 1500),
                        (2200, 2200), (2147483647, 2147483647)):
        fetch(t, *topic, most=most, limit=limit)
    fetch(t, *topic, offset=3, least=1, wait=50)
    fetch(t, *topic, offset=3, least=0, wait=30000)
    fetch(t, *topic, offset=0, least=1 << 30, wait=200)
    fetch(t, *topic, offset=0, least=-1, wait=-1)


@on("Fetch")
def negative_limits(t):
    topic = filled(t)
    for most, limit in ((-1, -1), (1 << 20, -5)):
        fetch(t, *topic, most=most, limit=limit)


@on("Fetch")
def several_partitions(t):
    name, topic_id = t.topic("t", 3)
    for i in range(3):
        t.produce(name, topic_id, batch.batch(b"x" * 1000), partition=i)
    rows = [{"Topic": name, "TopicId": topic_id, "Partitions": [
        {"Partition": i, "FetchOffset": 0, "PartitionMaxBytes": 1 << 20} for i in range(4)]}]
    fetch(t, name, topic_id, rows=rows)
    fetch(t, name, topic_id, rows=rows, most=1500)
    fetch(t, name, topic_id, rows=rows + rows)


@on("Fetch", first=9)
def leader_epochs(t):
    topic = filled(t)
    for epoch in (-1, 0, 1, 5, -2):
        fetch(t, *topic, CurrentLeaderEpoch=epoch)


@on("Fetch", first=12)
def last_fetched_epochs(t):
    topic = filled(t)
    for epoch in (-1, 0, 1, -2):
        for offset in (0, 3, 4):
            fetch(t, *topic, offset=offset, LastFetchedEpoch=epoch)


@on("Fetch")
def isolation_levels(t):
    topic = filled(t)
    for level in (0, 1, 2, -1):
        fetch(t, *topic, isolation=level)


@on("Fetch")
def as_a_follower(t):
    name, topic_id = filled(t)
    row = wanted(name, topic_id)
    t.ask(ReplicaId=1, ReplicaState={"ReplicaId": 1, "ReplicaEpoch": 1}, MaxWaitMs=100,
          MinBytes=1, Topics=[row])
    t.ask(ReplicaId=7, ReplicaState={"ReplicaId": 7, "ReplicaEpoch": -1}, MaxWaitMs=100,
          MinBytes=1, Topics=[row])


@on("Fetch", HIGH, 12)
def with_another_cluster_id(t):
    t.ask(ClusterId="nobody", MaxWaitMs=10, MinBytes=0, Topics=[wanted(*filled(t))])


@on("Fetch", HIGH, 11)
def with_a_rack(t):
    t.ask(RackId="r1", MaxWaitMs=10, MinBytes=0, Topics=[wanted(*filled(t))])


@on("Fetch", first=7)
def session(t):
    topic, other = filled(t), filled(t, what="u")
    made = fetch(t, *topic, session=(0, 0))
    number = made.get("SessionId", 0)
    fetch(t, *topic, session=(number, 1), rows=[])
    t.produce(*topic, batch.batch(b"new"))
    fetch(t, *topic, session=(number, 2), offset=3)
    fetch(t, *topic, session=(number, 3), rows=[])
    fetch(t, *topic, session=(number, 4), rows=[wanted(*other)])
    fetch(t, *topic, session=(number, 5), rows=[], forgotten=[
        {"Topic": topic[0], "TopicId": topic[1], "Partitions": [0]}])
    t.produce(*topic, batch.batch(b"newer"))
    fetch(t, *topic, session=(number, 6), rows=[])
    fetch(t, *topic, session=(number, 7), rows=[wanted(t.own("no"), MADE_UP_ID)])
    fetch(t, *topic, session=(number, 8), rows=[wanted(*topic, offset=99)])
    fetch(t, *topic, session=(number, 9), rows=[])
    fetch(t, *topic, session=(number, -1))
    fetch(t, *topic, session=(number, 10), rows=[])


@on("Fetch", first=7)
def wrong_sessions(t):
    topic = filled(t)
    fetch(t, *topic, session=(12345678, 1))
    fetch(t, *topic, session=(12345678, 0))
    fetch(t, *topic, session=(12345678, -1))
    fetch(t, *topic, session=(0, 1))
    fetch(t, *topic, session=(0, -2))
    fetch(t, *topic, session=(-1, 1))
    number = fetch(t, *topic, session=(0, 0)).get("SessionId", 0)
    fetch(t, *topic, session=(number, 5), rows=[])
    fetch(t, *topic, session=(number, 1), rows=[])
    fetch(t, *topic, session=(number, 1), rows=[])
    fetch(t, *topic, session=(number, 0))
    fetch(t, *topic, session=(0, 0), rows=[])


@on("Fetch", HIGH)
def a_session_over_versions(t):
    topic = filled(t)
    number = fetch(t, *topic, session=(0, 0)).get("SessionId", 0)
    fetch(t, *topic, session=(number, 1), rows=[], version=12)
    number = fetch(t, *topic, session=(0, 0), version=12).get("SessionId", 0)
    fetch(t, *topic, session=(number, 1), rows=[])


@on("Fetch", HIGH)
def a_session_while_the_topic_goes(t):
    topic = filled(t)
    number = fetch(t, *topic, session=(0, 0)).get("SessionId", 0)
    t.quiet("DeleteTopics", 5, TopicNames=[topic[0]], TimeoutMs=30000)
    t.eventually(lambda: t.quiet("Metadata", Topics=[{"Name": topic[0]}],
                                 AllowAutoTopicCreation=False)["Topics"][0]["ErrorCode"] == 3,
                 "the topic is gone")
    fetch(t, *topic, session=(number, 1), rows=[])


@on("Fetch")
def waits_for_what_comes(t):
    topic = filled(t)
    sent = t.send(MaxWaitMs=15000, MinBytes=1, Topics=[wanted(*topic, offset=3)])
    t.quiet("Produce", on="b", Acks=-1, TimeoutMs=1000, TopicData=[
        {"Name": topic[0], "TopicId": topic[1], "PartitionData": [
            {"Index": 0, "Records": batch.batch(b"late")}]}])
    t.receive(sent)


# -- ListOffsets --

def offsets(t, name, *times_ms, partition=0, **more):
    for time_ms in times_ms:
        t.ask("ListOffsets", t.version, ReplicaId=-1, Topics=[{"Name": name, "Partitions": [
            {"PartitionIndex": partition, "Timestamp": time_ms, **more}]}], TimeoutMs=1000)


@on("ListOffsets", ALL)
def special_times(t):
    name, _ = filled(t)
    offsets(t, name, -1, -2, -3, -4, -5, -6, -7, -100)


@on("ListOffsets")
def special_times_of_an_empty_topic(t):
    name, _ = t.topic()
    offsets(t, name, -1, -2, -3, -4, -5, -6, 0, TIME_MS)


@on("ListOffsets")
def times_of_records(t):
    name, _ = filled(t)
    offsets(t, name, 0, TIME_MS - 1, TIME_MS, TIME_MS + 1, TIME_MS + 1000, TIME_MS + 2000,
            TIME_MS + 2001, 1 << 62)


@on("ListOffsets", HIGH)
def times_inside_batches(t):
    topic = t.topic()
    t.produce(*topic, batch.batch(b"a", b"b", b"c", times=[0, 50, 20]))
    t.produce(*topic, batch.batch(b"a", b"b", b"c", times=[10, 60, 100], codec=1))
    offsets(t, topic[0], *range(TIME_MS - 5, TIME_MS + 110, 15), -3)


@on("ListOffsets")
def unknown_partitions(t):
    name, _ = filled(t)
    offsets(t, t.own("no"), -1)
    offsets(t, name, -1, partition=1)
    offsets(t, name, -1, partition=-1)
    offsets(t, "", -1)
    t.ask(ReplicaId=-1, Topics=[])
    t.ask(ReplicaId=-1, Topics=[{"Name": name, "Partitions": []}])
    part = {"PartitionIndex": 0, "Timestamp": -1}
    t.ask(ReplicaId=-1, Topics=[{"Name": name, "Partitions": [part, part]}])


@on("ListOffsets", first=4)
def epochs_of_offsets(t):
    name, _ = filled(t)
    for epoch in (-1, 0, 1, -2):
        offsets(t, name, -1, CurrentLeaderEpoch=epoch)


@on("ListOffsets", first=2)
def isolation_of_offsets(t):
    name, _ = filled(t)
    for level in (0, 1, 2, -1):
        t.ask(ReplicaId=-1, IsolationLevel=level, Topics=[
            {"Name": name, "Partitions": [{"PartitionIndex": 0, "Timestamp": -1}]}])


@on("ListOffsets")
def offsets_as_a_follower(t):
    name, _ = filled(t)
    for replica in (1, 7, -2, -3):
        t.ask(ReplicaId=replica, Topics=[
            {"Name": name, "Partitions": [{"PartitionIndex": 0, "Timestamp": -1}]}])


# -- DeleteRecords --

def delete_to(t, name, *targets, partition=0):
    for target in targets:
        t.ask("DeleteRecords", t.version, TimeoutMs=5000, Topics=[
            {"Name": name, "Partitions": [{"PartitionIndex": partition, "Offset": target}]}])


@on("DeleteRecords", ALL)
def to_offsets(t):
    name, topic_id = filled(t)
    delete_to(t, name, 1, 0, -2, 4, 100, 2, -1, 3)
    fetch(t, name, topic_id, version=11)
    fetch(t, name, topic_id, version=11, offset=3)
    for time_ms in (-1, -2, -3, -4, TIME_MS):
        t.ask("ListOffsets", 8, ReplicaId=-1, Topics=[{"Name": name, "Partitions": [
            {"PartitionIndex": 0, "Timestamp": time_ms}]}])


@on("DeleteRecords")
def of_unknown_partitions(t):
    name, _ = filled(t)
    delete_to(t, t.own("no"), 0)
    delete_to(t, name, 0, partition=1)
    delete_to(t, name, 0, partition=-1)
    delete_to(t, "__consumer_offsets", 0)
    t.ask(TimeoutMs=1000, Topics=[])


@on("DeleteRecords", HIGH)
def of_a_batch_in_its_middle(t):
    topic = t.topic()
    t.produce(*topic, batch.batch(b"a", b"b", b"c"))
    delete_to(t, topic[0], 1)
    fetch(t, *topic, version=11)
    fetch(t, *topic, version=11, offset=1)
    t.produce(*topic, batch.batch(b"d"))


# -- OffsetForLeaderEpoch, DescribeProducers --

@on("OffsetForLeaderEpoch", ALL)
def ends_of_epochs(t):
    name, _ = filled(t)
    for current in (-1, 0, 1):
        for epoch in (-1, 0, 1, -2, 5):
            t.ask(ReplicaId=-1, Topics=[{"Topic": name, "Partitions": [
                {"Partition": 0, "CurrentLeaderEpoch": current, "LeaderEpoch": epoch}]}])


@on("OffsetForLeaderEpoch")
def ends_of_epochs_of_unknown_partitions(t):
    name, _ = t.topic()
    for topic, partition in ((name, 0), (name, 1), (name, -1), (t.own("no"), 0), ("", 0)):
        t.ask(ReplicaId=-1, Topics=[{"Topic": topic, "Partitions": [
            {"Partition": partition, "CurrentLeaderEpoch": -1, "LeaderEpoch": 0}]}])
    t.ask(ReplicaId=-1, Topics=[])
    t.ask(ReplicaId=-2, Topics=[])


@on("DescribeProducers")
def producers(t):
    name, topic_id = t.topic("t", 2)
    t.ask(Topics=[{"Name": name, "PartitionIndexes": [0]}])
    made = producer_id(t)
    for i, count in enumerate((1, 2)):
        t.produce(name, topic_id, batch.batch(*[b"x"] * count, sequence=i, **made))
    t.ask(Topics=[{"Name": name, "PartitionIndexes": [0, 1]}])
    t.ask(Topics=[{"Name": name, "PartitionIndexes": [2, -1]}])
    t.ask(Topics=[{"Name": t.own("no"), "PartitionIndexes": [0]}])
    t.ask(Topics=[{"Name": "a b", "PartitionIndexes": [0]}])
    t.ask(Topics=[])


# -- InitProducerId --

@on("InitProducerId", ALL)
def producer_ids(t):
    t.ask(TransactionalId=None, TransactionTimeoutMs=60000)
    t.ask(TransactionalId=None, TransactionTimeoutMs=0)
    t.ask(TransactionalId=None, TransactionTimeoutMs=-1)


@on("InitProducerId")
def transactional_ids(t):
    t.ask(TransactionalId="", TransactionTimeoutMs=60000)
    t.ask(TransactionalId=t.own("x"), TransactionTimeoutMs=0)


@on("InitProducerId", first=3)
def producer_ids_again(t):
    for number, epoch in ((5, 0), (5, -1), (-1, 3), (5, 32767), (-2, -2)):
        t.ask(TransactionalId=None, TransactionTimeoutMs=60000, ProducerId=number,
              ProducerEpoch=epoch)
