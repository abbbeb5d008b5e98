"""The steps with confluent-kafka (librdkafka). Arguments: the servers, and a name that no topic begins with."""

import sys
import time

import confluent_kafka
from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewPartitions,
    NewTopic,
    OffsetSpec,
    ResourceType,
)
from steps import FIRST_TIME, PARTITIONS, PATIENCE, RECORDS, Steps, equal

servers, topic = sys.argv[1:]
admin = AdminClient({"bootstrap.servers": servers})


def done(futures):
    return {key: future.result(PATIENCE) for key, future in futures.items()}


def producer(**more):
    config = {"bootstrap.servers": servers, "acks": "all", "enable.idempotence": True}
    return Producer({**config, **{key.replace("_", "."): value for key, value in more.items()}})


def consumer(group, **more):
    config = {
        "bootstrap.servers": servers,
        "group.id": group,
        "auto.offset.reset": "earliest",
        "enable.auto.commit": False,
    }
    return Consumer({**config, **{key.replace("_", "."): value for key, value in more.items()}})


def take(of, count):
    """Polls until there are so many records, and once more for one that is too many."""
    records = []
    deadline = time.monotonic() + PATIENCE
    while len(records) < count and time.monotonic() < deadline:
        record = of.poll(0.1)
        if record is not None:
            if record.error():
                raise KafkaException(record.error())
            records.append(record)
    equal(count, len(records))
    equal(None, of.poll(0.2))
    return records


def read(name, partition, count, **more):
    of = consumer(f"{topic}-reader", **more)
    try:
        of.assign([TopicPartition(name, partition, 0)])
        return take(of, count)
    finally:
        of.close()


def make(name, partitions=1):
    done(admin.create_topics([NewTopic(name, partitions, 1)]))


def create():
    make(topic, PARTITIONS)
    equal(PARTITIONS, len(admin.list_topics(topic, PATIENCE).topics[topic].partitions))


def produce():
    acknowledged = []
    of = producer()
    for i in range(RECORDS):
        of.produce(
            topic,
            key=f"key{i}",
            value=f"value{i}",
            partition=i % PARTITIONS,
            timestamp=FIRST_TIME + i,
            headers=[("number", str(i))],
            on_delivery=lambda error, message: acknowledged.append((error, message.partition(), message.offset())),
        )
    equal(0, of.flush(PATIENCE))
    equal(sorted((i % PARTITIONS, i // PARTITIONS) for i in range(RECORDS)), sorted(each[1:] for each in acknowledged))
    equal({None}, {each[0] for each in acknowledged})


def compress():
    name = f"{topic}-compress"
    make(name)
    codecs = ["none", "gzip", "snappy", "lz4", "zstd"]
    for codec in codecs:
        of = producer(compression_type=codec, linger_ms=50)
        for i in range(10):
            of.produce(name, key=codec, value=codec * 1000 + str(i))
        equal(0, of.flush(PATIENCE))
    values = [record.value().decode() for record in read(name, 0, 50)]
    equal([codec * 1000 + str(i) for codec in codecs for i in range(10)], values)


def nulls():
    name = f"{topic}-nulls"
    make(name)
    of = producer()
    of.produce(name, key=None, value="value")
    of.produce(name, key="key", value=None)
    of.produce(name, headers=[("null", None), ("empty", b"")])
    equal(0, of.flush(PATIENCE))
    records = read(name, 0, 3)
    equal([(None, b"value"), (b"key", None), (None, None)], [(each.key(), each.value()) for each in records])
    equal([("null", None), ("empty", b"")], records[2].headers())


def assign():
    for partition in range(PARTITIONS):
        numbers = range(partition, RECORDS, PARTITIONS)
        for number, record in zip(numbers, read(topic, partition, len(numbers)), strict=True):
            equal((f"key{number}".encode(), f"value{number}".encode()), (record.key(), record.value()))
            equal(FIRST_TIME + number, record.timestamp()[1])
            equal([("number", str(number).encode())], record.headers())


def group(**protocol):
    name = f"{topic}-group{len(protocol)}"
    one, two = consumer(name, **protocol), consumer(name, **protocol)
    one.subscribe([topic])
    two.subscribe([topic])
    deadline = time.monotonic() + PATIENCE

    def behind():
        return sum(max(0, at.offset) for of in (one, two) for at in of.position(of.assignment()))

    while (not one.assignment() or not two.assignment() or behind() < RECORDS) and time.monotonic() < deadline:
        one.poll(0.1)
        two.poll(0.1)
    equal(RECORDS, behind())
    equal(PARTITIONS, len(one.assignment()) + len(two.assignment()))
    one.commit(asynchronous=False)
    two.commit(asynchronous=False)
    one.close()
    two.close()
    three = consumer(name, **protocol)
    three.subscribe([topic])
    deadline = time.monotonic() + PATIENCE
    while len(three.assignment()) < PARTITIONS and time.monotonic() < deadline:
        equal(None, three.poll(0.1))
    first = TopicPartition(topic, 0)
    equal(34, three.committed([first], PATIENCE)[0].offset)
    three.seek(TopicPartition(topic, 0, 5))
    equal(5, take(three, 29)[0].offset())
    three.close()


def times():
    of = consumer(f"{topic}-times")
    found = of.offsets_for_times([TopicPartition(topic, 1, FIRST_TIME + 50)], PATIENCE)
    equal(17, found[0].offset)  # of record 52
    equal((0, 33), of.get_watermark_offsets(TopicPartition(topic, 1), PATIENCE))
    of.close()
    ends = done(admin.list_offsets({TopicPartition(topic, 1): OffsetSpec.latest()}))
    equal([33], [each.offset for each in ends.values()])


def transaction():
    name = f"{topic}-transaction"
    make(name)
    of = producer(transactional_id=name)
    of.init_transactions(PATIENCE)
    for value in ("committed", "aborted", "committed too"):
        of.begin_transaction()
        of.produce(name, value=value)
        equal(0, of.flush(PATIENCE))
        (of.abort_transaction if value == "aborted" else of.commit_transaction)(PATIENCE)
    of.begin_transaction()
    of.produce(name, value="open")
    equal(0, of.flush(PATIENCE))
    equal([b"committed", b"committed too"], [each.value() for each in read(name, 0, 2)])
    equal(b"open", read(name, 0, 4, isolation_level="read_uncommitted")[3].value())
    other = producer(transactional_id=name)
    other.init_transactions(PATIENCE)
    try:
        of.commit_transaction(PATIENCE)
        raise AssertionError("it was committed")
    except KafkaException as refused:
        equal(KafkaError._FENCED, refused.args[0].code())
    read(name, 0, 2)


def transaction_offsets():
    of = consumer(f"{topic}-atomic")
    of.subscribe([topic])
    take(of, RECORDS)
    writer = producer(transactional_id=f"{topic}-atomic")
    writer.init_transactions(PATIENCE)
    for offset in (7, 9):
        writer.begin_transaction()
        writer.produce(f"{topic}-transaction", value="more")
        writer.send_offsets_to_transaction([TopicPartition(topic, 2, offset)], of.consumer_group_metadata(), PATIENCE)
        (writer.commit_transaction if offset == 7 else writer.abort_transaction)(PATIENCE)
    equal(7, of.committed([TopicPartition(topic, 2)], PATIENCE)[0].offset)
    of.close()


def configs():
    def alter(kind):
        entry = ConfigEntry("retention.ms", "86400000", incremental_operation=kind)
        done(admin.incremental_alter_configs([ConfigResource(ResourceType.TOPIC, topic, incremental_configs=[entry])]))
        return next(iter(done(admin.describe_configs([ConfigResource(ResourceType.TOPIC, topic)])).values()))["retention.ms"]

    equal("86400000", alter(AlterConfigOpType.SET).value)
    equal(True, alter(AlterConfigOpType.DELETE).is_default)


def admin_groups():
    name = f"{topic}-group0"
    equal(True, name in [each.group_id for each in admin.list_consumer_groups().result(PATIENCE).valid])
    equal(name, done(admin.describe_consumer_groups([name]))[name].group_id)
    at = confluent_kafka.ConsumerGroupTopicPartitions(name, [TopicPartition(topic, 0, 3)])
    done(admin.alter_consumer_group_offsets([at]))
    found = done(admin.list_consumer_group_offsets([confluent_kafka.ConsumerGroupTopicPartitions(name)]))[name]
    equal(3, next(each.offset for each in found.topic_partitions if each.partition == 0))
    done(admin.delete_consumer_groups([name]))
    equal(False, name in [each.group_id for each in admin.list_consumer_groups().result(PATIENCE).valid])


def admin_topics():
    equal(1, len(admin.describe_cluster().result(PATIENCE).nodes))
    done(admin.delete_records([TopicPartition(topic, 0, 4)]))
    of = consumer(f"{topic}-times")
    equal((4, 34), of.get_watermark_offsets(TopicPartition(topic, 0), PATIENCE))
    of.close()
    done(admin.create_partitions([NewPartitions(f"{topic}-compress", 2)]))
    equal(2, len(admin.list_topics(f"{topic}-compress", PATIENCE).topics[f"{topic}-compress"].partitions))


def refused(code, body):
    try:
        body()
    except KafkaException as failure:
        equal(code, failure.args[0].code())
    else:
        raise AssertionError("it was taken")


def unknown_topic():
    refused(KafkaError.UNKNOWN_TOPIC_OR_PART, lambda: done(admin.delete_topics([f"{topic}-unknown"])))


def too_large():
    errors = []
    of = producer(message_max_bytes=10_000_000)
    of.produce(topic, value=b"v" * 3_000_000, on_delivery=lambda error, message: errors.append(error.code()))
    equal(0, of.flush(PATIENCE))
    equal([KafkaError.MSG_SIZE_TOO_LARGE], errors)


def delete():
    names = [topic + each for each in ("", "-compress", "-nulls", "-transaction")]
    done(admin.delete_topics(names))
    equal(set(), set(names) & set(admin.list_topics(timeout=PATIENCE).topics))


print(f"VERSION {confluent_kafka.__version__} librdkafka {confluent_kafka.libversion()[0]}")
steps = Steps()
for name, body in {
    "create": create, "produce": produce, "compress": compress, "nulls": nulls, "assign": assign, "group": group,
    "group-848": lambda: group(group_protocol="consumer"), "times": times, "transaction": transaction,
    "transaction-offsets": transaction_offsets, "configs": configs, "admin-groups": admin_groups,
    "admin-topics": admin_topics, "unknown-topic": unknown_topic, "too-large": too_large, "delete": delete,
}.items():  # fmt: skip
    steps.step(name, body)
