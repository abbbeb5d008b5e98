"""The steps with kafka-python. Arguments: the servers, and a name that no topic begins with."""

import sys
import time

import kafka
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, NewTopic
from kafka.errors import MessageSizeTooLargeError, UnknownTopicOrPartitionError
from kafka.structs import OffsetAndMetadata
from steps import FIRST_TIME, PARTITIONS, PATIENCE, RECORDS, Steps, equal

servers, topic = sys.argv[1:]
admin = KafkaAdminClient(bootstrap_servers=servers)


def producer(**more):
    return KafkaProducer(bootstrap_servers=servers, acks="all", **{"enable_idempotence": True, **more})


def consumer(group, **more):
    config = {"auto_offset_reset": "earliest", "enable_auto_commit": False, "isolation_level": "read_committed"}
    return KafkaConsumer(bootstrap_servers=servers, group_id=group, **{**config, **more})


def poll(of):
    return [record for records in of.poll(timeout_ms=100).values() for record in records]


def take(of, count):
    records = []
    deadline = time.monotonic() + PATIENCE
    while len(records) < count and time.monotonic() < deadline:
        records += poll(of)
    records += poll(of)
    equal(count, len(records))
    return records


def read(name, partition, count, **more):
    of = consumer(f"{topic}-reader", **more)
    try:
        of.assign([TopicPartition(name, partition)])
        of.seek_to_beginning()
        return take(of, count)
    finally:
        of.close()


def make(name, partitions=1):
    admin.create_topics([NewTopic(name, partitions, 1)])


def create():
    make(topic, PARTITIONS)
    equal(PARTITIONS, len(admin.describe_topics([topic])[0]["partitions"]))


def produce():
    of = producer()
    sent = [
        of.send(
            topic,
            f"value{i}".encode(),
            f"key{i}".encode(),
            [("number", str(i).encode())],
            partition=i % PARTITIONS,
            timestamp_ms=FIRST_TIME + i,
        )
        for i in range(RECORDS)
    ]
    for i, future in enumerate(sent):
        metadata = future.get(PATIENCE)
        equal((i % PARTITIONS, i // PARTITIONS), (metadata.partition, metadata.offset))
    of.close()


def compress():
    name = f"{topic}-compress"
    make(name)
    codecs = [None, "gzip", "snappy", "lz4", "zstd"]
    for codec in codecs:
        of = producer(compression_type=codec, linger_ms=50)
        for i in range(10):
            of.send(name, (str(codec) * 1000 + str(i)).encode())
        of.close(PATIENCE)
    values = [record.value.decode() for record in read(name, 0, 50)]
    equal([str(codec) * 1000 + str(i) for codec in codecs for i in range(10)], values)


def nulls():
    name = f"{topic}-nulls"
    make(name)
    of = producer()
    of.send(name, b"value").get(PATIENCE)
    of.send(name, key=b"key").get(PATIENCE)
    of.send(name, b"", headers=[("empty", b"")]).get(PATIENCE)
    of.close()
    records = read(name, 0, 3)
    equal([(None, b"value"), (b"key", None), (None, b"")], [(each.key, each.value) for each in records])
    equal([("empty", b"")], list(records[2].headers))


def assign():
    for partition in range(PARTITIONS):
        numbers = range(partition, RECORDS, PARTITIONS)
        for number, record in zip(numbers, read(topic, partition, len(numbers)), strict=True):
            equal((f"key{number}".encode(), f"value{number}".encode()), (record.key, record.value))
            equal(FIRST_TIME + number, record.timestamp)
            equal([("number", str(number).encode())], list(record.headers))


def group():
    name = f"{topic}-group"
    one, two = consumer(name), consumer(name)
    one.subscribe([topic])
    two.subscribe([topic])
    deadline = time.monotonic() + PATIENCE

    def behind():
        return sum(of.position(each) or 0 for of in (one, two) for each in of.assignment())

    while (not one.assignment() or not two.assignment() or behind() < RECORDS) and time.monotonic() < deadline:
        poll(one)
        poll(two)
    equal(RECORDS, behind())
    equal(PARTITIONS, len(one.assignment()) + len(two.assignment()))
    one.commit()
    two.commit()
    one.close()
    two.close()
    three = consumer(name)
    three.subscribe([topic])
    deadline = time.monotonic() + PATIENCE
    while len(three.assignment()) < PARTITIONS and time.monotonic() < deadline:
        equal([], poll(three))
    first = TopicPartition(topic, 0)
    equal(34, three.committed(first))
    three.seek(first, 5)
    equal(5, take(three, 29)[0].offset)
    three.close()


def times():
    of = consumer(f"{topic}-times")
    partition = TopicPartition(topic, 1)
    equal(17, of.offsets_for_times({partition: FIRST_TIME + 50})[partition].offset)  # of record 52
    equal(0, of.beginning_offsets([partition])[partition])
    equal(33, of.end_offsets([partition])[partition])
    of.close()


def transaction():
    name = f"{topic}-transaction"
    make(name)
    of = producer(transactional_id=name)
    of.init_transactions()
    for value in (b"committed", b"aborted", b"committed too"):
        of.begin_transaction()
        of.send(name, value).get(PATIENCE)
        (of.abort_transaction if value == b"aborted" else of.commit_transaction)()
    of.begin_transaction()
    of.send(name, b"open").get(PATIENCE)
    equal([b"committed", b"committed too"], [each.value for each in read(name, 0, 2)])
    equal(b"open", read(name, 0, 4, isolation_level="read_uncommitted")[3].value)
    of.abort_transaction()
    of.close()


def transaction_offsets():
    of = consumer(f"{topic}-atomic")
    of.subscribe([topic])
    take(of, RECORDS)
    writer = producer(transactional_id=f"{topic}-atomic")
    writer.init_transactions()
    partition = TopicPartition(topic, 2)
    for offset in (7, 9):
        writer.begin_transaction()
        writer.send(f"{topic}-transaction", b"more").get(PATIENCE)
        writer.send_offsets_to_transaction({partition: OffsetAndMetadata(offset, "", -1)}, of.group_metadata())
        (writer.commit_transaction if offset == 7 else writer.abort_transaction)()
    writer.close()
    equal(7, of.committed(partition))
    of.close()


def configs():
    def value():
        found = admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)], config_filter="all")
        return str(found)

    equal(False, "7654000" in value())
    admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, {"retention.ms": "7654000"})])
    equal(True, "7654000" in value())


def admin_groups():
    name = f"{topic}-group"
    equal(True, name in str(admin.list_groups()))
    equal(True, name in str(admin.describe_groups([name])))
    admin.alter_group_offsets(name, {TopicPartition(topic, 0): OffsetAndMetadata(3, "", -1)})
    equal(3, admin.list_group_offsets({name: [TopicPartition(topic, 0)]})[name][TopicPartition(topic, 0)].offset)
    admin.delete_groups([name])
    equal(False, f"'{name}'" in str(admin.list_groups()))


def admin_topics():
    equal(1, len(admin.describe_cluster()["brokers"]))
    admin.delete_records({TopicPartition(topic, 0): 4})
    equal(4, read(topic, 0, 30)[0].offset)
    admin.create_partitions({f"{topic}-compress": 2})
    equal(2, len(admin.describe_topics([f"{topic}-compress"])[0]["partitions"]))


def refused(error, body):
    try:
        body()
    except error:
        return
    raise AssertionError("it was taken")


def unknown_topic():
    refused(UnknownTopicOrPartitionError, lambda: admin.delete_topics([f"{topic}-unknown"]))


def too_large():
    of = producer(max_request_size=10_000_000)
    refused(MessageSizeTooLargeError, lambda: of.send(topic, b"v" * 3_000_000).get(PATIENCE))
    of.close()


def delete():
    names = [topic + each for each in ("", "-compress", "-nulls", "-transaction")]
    admin.delete_topics(names)
    equal(set(), set(names) & set(admin.list_topics()))


print(f"VERSION {kafka.__version__}")
steps = Steps()
for name, body in {
    "create": create, "produce": produce, "compress": compress, "nulls": nulls, "assign": assign, "group": group,
    "times": times, "transaction": transaction, "transaction-offsets": transaction_offsets, "configs": configs,
    "admin-groups": admin_groups, "admin-topics": admin_topics, "unknown-topic": unknown_topic,
    "too-large": too_large, "delete": delete,
}.items():  # fmt: skip
    steps.step(name, body)
steps.no("group-848", "it speaks the classic protocol only")
