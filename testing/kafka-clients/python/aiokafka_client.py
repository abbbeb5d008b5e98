"""The steps with aiokafka. Arguments: the servers, and a name that no topic begins with."""

import asyncio
import sys
import time

import aiokafka
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic, RecordsToDelete
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import MessageSizeTooLargeError
from steps import FIRST_TIME, PARTITIONS, PATIENCE, RECORDS, Steps, equal

servers, topic = sys.argv[1:]


def producer(**more):
    return AIOKafkaProducer(bootstrap_servers=servers, acks="all", enable_idempotence=True, **more)


def consumer(*topics, group=None, **more):
    config = {"auto_offset_reset": "earliest", "enable_auto_commit": False, "isolation_level": "read_committed"}
    return AIOKafkaConsumer(*topics, bootstrap_servers=servers, group_id=group, **{**config, **more})


async def poll(of):
    return [record for records in (await of.getmany(timeout_ms=100)).values() for record in records]


async def take(of, count):
    records = []
    deadline = time.monotonic() + PATIENCE
    while len(records) < count and time.monotonic() < deadline:
        records += await poll(of)
    records += await poll(of)
    equal(count, len(records))
    return records


async def read(name, partition, count, **more):
    async with consumer(**more) as of:
        of.assign([TopicPartition(name, partition)])
        await of.seek_to_beginning()
        return await take(of, count)


async def make(name, partitions=1):
    answer = await admin.create_topics([NewTopic(name, partitions, 1)])
    equal(0, answer.topic_errors[0][1])


async def create():
    await make(topic, PARTITIONS)
    equal(PARTITIONS, len((await admin.describe_topics([topic]))[0]["partitions"]))


async def produce():
    async with producer() as of:
        sent = [
            await of.send(
                topic,
                f"value{i}".encode(),
                f"key{i}".encode(),
                i % PARTITIONS,
                FIRST_TIME + i,
                [("number", str(i).encode())],
            )
            for i in range(RECORDS)
        ]
        for i, future in enumerate(sent):
            metadata = await future
            equal((i % PARTITIONS, i // PARTITIONS), (metadata.partition, metadata.offset))


async def compress():
    name = f"{topic}-compress"
    await make(name)
    codecs = [None, "gzip", "snappy", "lz4", "zstd"]
    for codec in codecs:
        async with producer(compression_type=codec, linger_ms=50) as of:
            for i in range(10):
                await of.send(name, (str(codec) * 1000 + str(i)).encode())
    values = [record.value.decode() for record in await read(name, 0, 50)]
    equal([str(codec) * 1000 + str(i) for codec in codecs for i in range(10)], values)


async def nulls():
    name = f"{topic}-nulls"
    await make(name)
    async with producer() as of:
        await of.send_and_wait(name, b"value")
        await of.send_and_wait(name, key=b"key")
        await of.send_and_wait(name, b"", headers=[("empty", b"")])
    records = await read(name, 0, 3)
    equal([(None, b"value"), (b"key", None), (None, b"")], [(each.key, each.value) for each in records])
    equal((("empty", b""),), tuple(records[2].headers))


async def assign():
    for partition in range(PARTITIONS):
        numbers = range(partition, RECORDS, PARTITIONS)
        for number, record in zip(numbers, await read(topic, partition, len(numbers)), strict=True):
            equal((f"key{number}".encode(), f"value{number}".encode()), (record.key, record.value))
            equal(FIRST_TIME + number, record.timestamp)
            equal((("number", str(number).encode()),), tuple(record.headers))


async def group():
    name = f"{topic}-group"
    async with consumer(topic, group=name) as one, consumer(topic, group=name) as two:
        deadline = time.monotonic() + PATIENCE

        async def behind():
            return sum([await of.position(each) for of in (one, two) for each in of.assignment()])

        while (
            not one.assignment() or not two.assignment() or await behind() < RECORDS
        ) and time.monotonic() < deadline:
            await poll(one)
            await poll(two)
        equal(RECORDS, await behind())
        equal(PARTITIONS, len(one.assignment()) + len(two.assignment()))
        await one.commit()
        await two.commit()
    async with consumer(topic, group=name) as three:
        deadline = time.monotonic() + PATIENCE
        while len(three.assignment()) < PARTITIONS and time.monotonic() < deadline:
            equal([], await poll(three))
        first = TopicPartition(topic, 0)
        equal(34, await three.committed(first))
        three.seek(first, 5)
        equal(5, (await take(three, 29))[0].offset)


async def times():
    async with consumer() as of:
        partition = TopicPartition(topic, 1)
        equal(17, (await of.offsets_for_times({partition: FIRST_TIME + 50}))[partition].offset)  # of record 52
        equal(0, (await of.beginning_offsets([partition]))[partition])
        equal(33, (await of.end_offsets([partition]))[partition])


async def transaction():
    name = f"{topic}-transaction"
    await make(name)
    async with producer(transactional_id=name) as of:
        for value in (b"committed", b"aborted", b"committed too"):
            await of.begin_transaction()
            await of.send_and_wait(name, value)
            await (of.abort_transaction if value == b"aborted" else of.commit_transaction)()
        await of.begin_transaction()
        await of.send_and_wait(name, b"open")
        equal([b"committed", b"committed too"], [each.value for each in await read(name, 0, 2)])
        equal(b"open", (await read(name, 0, 4, isolation_level="read_uncommitted"))[3].value)
        await of.abort_transaction()


async def transaction_offsets():
    name = f"{topic}-atomic"
    partition = TopicPartition(topic, 2)
    async with consumer(topic, group=name) as of, producer(transactional_id=name) as writer:
        await take(of, RECORDS)
        for offset in (7, 9):
            await writer.begin_transaction()
            await writer.send_and_wait(f"{topic}-transaction", b"more")
            await writer.send_offsets_to_transaction({partition: offset}, name)
            await (writer.commit_transaction if offset == 7 else writer.abort_transaction)()
        equal(7, await of.committed(partition))


async def configs():
    await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, {"retention.ms": "7654000"})])
    answers = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])
    equal(["7654000"], [entry[1] for entry in answers[0].resources[0][4] if entry[0] == "retention.ms"])


async def admin_groups():
    name = f"{topic}-group"
    equal(True, name in [each[0] for each in await admin.list_consumer_groups()])
    equal(True, name in str(await admin.describe_consumer_groups([name])))
    equal(34, (await admin.list_consumer_group_offsets(name))[TopicPartition(topic, 0)].offset)


async def admin_topics():
    equal(1, len((await admin.describe_cluster())["brokers"]))
    await admin.delete_records({TopicPartition(topic, 0): RecordsToDelete(4)})
    equal(4, (await read(topic, 0, 30))[0].offset)
    await admin.create_partitions({f"{topic}-compress": NewPartitions(2)})
    equal(2, len((await admin.describe_topics([f"{topic}-compress"]))[0]["partitions"]))


async def unknown_topic():
    answer = await admin.delete_topics([f"{topic}-unknown"])
    equal(3, answer.topic_error_codes[0][1])


async def too_large():
    async with producer(max_request_size=10_000_000) as of:
        try:
            await of.send_and_wait(topic, b"v" * 3_000_000)
        except MessageSizeTooLargeError:
            return
    raise AssertionError("it was taken")


async def delete():
    names = [topic + each for each in ("", "-compress", "-nulls", "-transaction")]
    await admin.delete_topics(names)
    equal(set(), set(names) & set(await admin.list_topics()))


print(f"VERSION {aiokafka.__version__}")
steps = Steps()
loop = asyncio.new_event_loop()


async def begin():
    started = AIOKafkaAdminClient(bootstrap_servers=servers)
    await started.start()
    return started


admin = loop.run_until_complete(begin())
for name, body in {
    "create": create, "produce": produce, "compress": compress, "nulls": nulls, "assign": assign, "group": group,
    "times": times, "transaction": transaction, "transaction-offsets": transaction_offsets, "configs": configs,
    "admin-groups": admin_groups, "admin-topics": admin_topics, "unknown-topic": unknown_topic,
    "too-large": too_large, "delete": delete,
}.items():  # fmt: skip
    steps.step(name, lambda body=body: loop.run_until_complete(body()))
steps.no("group-848", "it speaks the classic protocol only")
loop.run_until_complete(admin.close())
