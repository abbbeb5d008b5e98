// Runs steps and prints what came of each, as run.py reads it.
const assert = require('node:assert/strict');

exports.PARTITIONS = 3;
exports.RECORDS = 100;
exports.FIRST_TIME = 1_700_000_000_000;

// Waits until a condition holds, at most half a minute.
exports.until = async (condition, what) => {
  const deadline = Date.now() + 30_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`not in time: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};

exports.run = async (steps) => {
  for (const [name, body] of Object.entries(steps)) {
    try {
      if (typeof body === 'string') {
        console.log(`STEP ${name} no ${body}`);
      } else {
        await body();
        console.log(`STEP ${name} ok`);
      }
    } catch (failure) {
      console.error(failure);
      console.log(`STEP ${name} failed ${String(failure).replaceAll('\n', ' ')}`);
    }
  }
};

// The steps of both clients, which have one API; what differs is in `client`: the classes and how each is made.
exports.walk = async (client, topic) => {
  const { PARTITIONS, RECORDS, FIRST_TIME, until } = exports;
  const { kafka, producer, consumer } = client;
  const admin = kafka.admin();
  await admin.connect();

  const text = (buffer) => (buffer === null || buffer === undefined ? null : buffer.toString());
  const make = (name, numPartitions = 1) => admin.createTopics({ topics: [{ topic: name, numPartitions, replicationFactor: 1 }] });

  const send = async (name, messages, more = {}) => {
    const of = producer(more);
    await of.connect();
    const answer = await of.send({ topic: name, messages, ...(more.send ?? {}) });
    await of.disconnect();
    return answer;
  };

  // All records of a topic that a new group gets, once there are so many.
  const read = async (name, count, more = {}) => {
    const of = consumer(`${name}-${Math.random()}`, more);
    const records = [];
    await of.connect();
    await of.subscribe({ topic: name });
    await of.run({ eachMessage: async ({ partition, message }) => void records.push({ partition, ...message }) });
    await until(() => records.length >= count, `${count} records of ${name}; there are ${records.length}`);
    await of.disconnect();
    assert.equal(records.length, count);
    return records;
  };

  const partitions = async (name) => (await admin.fetchTopicOffsets(name)).length;

  await exports.run({
    create: async () => {
      await make(topic, PARTITIONS);
      assert.equal(await partitions(topic), PARTITIONS);
    },
    produce: async () => {
      const messages = [];
      for (let i = 0; i < RECORDS; i++) {
        messages.push({
          key: `key${i}`,
          value: `value${i}`,
          partition: i % PARTITIONS,
          timestamp: String(FIRST_TIME + i),
          headers: { number: String(i) },
        });
      }
      const answer = await send(topic, messages);
      assert.deepEqual(answer.map((each) => [each.partition, Number(each.baseOffset)]).sort(), [[0, 0], [1, 0], [2, 0]]);
    },
    compress: async () => {
      const name = `${topic}-compress`;
      await make(name);
      for (const codec of client.codecs) {
        await send(name, Array.from({ length: 10 }, (_, i) => ({ value: 'v'.repeat(1000) + codec + i })), client.compression(codec));
      }
      const values = (await read(name, 10 * client.codecs.length)).map((each) => text(each.value));
      assert.deepEqual(values, client.codecs.flatMap((codec) => Array.from({ length: 10 }, (_, i) => 'v'.repeat(1000) + codec + i)));
    },
    nulls: async () => {
      const name = `${topic}-nulls`;
      await make(name);
      await send(name, [{ value: 'value' }, { key: 'key', value: null }, { value: 'headers', headers: { empty: '' } }]);
      const records = await read(name, 3);
      assert.deepEqual(records.map((each) => [text(each.key), text(each.value)]), [[null, 'value'], ['key', null], [null, 'headers']]);
      assert.equal(text(records[2].headers.empty), '');
    },
    consume: async () => {
      for (const each of await read(topic, RECORDS)) {
        const number = Number(each.offset) * PARTITIONS + each.partition;
        assert.equal(text(each.key), `key${number}`);
        assert.equal(text(each.value), `value${number}`);
        assert.equal(text(each.headers.number), String(number));
        assert.equal(Number(each.timestamp), FIRST_TIME + number);
      }
    },
    group: async () => {
      const name = `${topic}-group`;
      const seen = new Set();
      const members = [consumer(name), consumer(name)];
      for (const each of members) {
        await each.connect();
        await each.subscribe({ topic });
        await each.run({ eachMessage: async ({ message }) => void seen.add(text(message.key)) });
      }
      await until(() => seen.size === RECORDS, 'all records');
      const described = async () => (await admin.describeGroups([name])).groups[0];
      await until(async () => (await described()).members.length === 2 && client.stable(await described()), 'two members');
      const ends = [34, 33, 33].map((offset, partition) => ({ topic, partition, offset: String(offset) }));
      await members[0].commitOffsets(ends).catch(() => members[1].commitOffsets(ends));
      for (const each of members) await each.disconnect();
      const offsets = (await admin.fetchOffsets({ groupId: name, topics: [topic] }))[0].partitions;
      assert.deepEqual(offsets.map((each) => Number(each.offset)).sort(), [33, 33, 34]);
      const again = [];
      const third = consumer(name);
      await third.connect();
      await third.subscribe({ topic });
      await third.run({ eachMessage: async ({ message }) => void again.push(text(message.value)) });
      await until(async () => (await described()).members.length === 1 && client.stable(await described()), 'one member');
      await send(topic, [{ value: 'more', partition: 1 }]);
      await until(() => again.length > 0, 'the new record');
      assert.deepEqual(again, ['more']);
      await third.disconnect();
    },
    times: async () => {
      const found = await admin.fetchTopicOffsetsByTimestamp(topic, FIRST_TIME + 50);
      assert.deepEqual(found.map((each) => [each.partition, Number(each.offset)]).sort(), [[0, 17], [1, 17], [2, 16]]);
      const ends = await admin.fetchTopicOffsets(topic);
      assert.deepEqual(ends.map((each) => [each.partition, Number(each.low), Number(each.high)]).sort(), [[0, 0, 34], [1, 0, 34], [2, 0, 33]]);
    },
    transaction: async () => {
      const name = `${topic}-transaction`;
      await make(name);
      const of = producer({ transactionalId: name });
      await of.connect();
      for (const value of ['committed', 'aborted', 'committed too']) {
        const transaction = await of.transaction();
        await transaction.send({ topic: name, messages: [{ value }] });
        await (value === 'aborted' ? transaction.abort() : transaction.commit());
      }
      assert.deepEqual((await read(name, 2)).map((each) => text(each.value)), ['committed', 'committed too']);
      assert.equal((await read(name, 3, { uncommitted: true })).length, 3);
      await of.disconnect();
    },
    configs: client.configs(admin, topic),
    'admin-groups': async () => {
      const name = `${topic}-group`;
      assert.ok((await admin.listGroups()).groups.some((each) => each.groupId === name));
      await admin.deleteGroups([name]);
      assert.ok(!(await admin.listGroups()).groups.some((each) => each.groupId === name));
    },
    'admin-topics': async () => {
      assert.ok((await admin.listTopics()).includes(topic));
      await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '4' }] });
      const offsets = await admin.fetchTopicOffsets(topic);
      assert.equal(Number(offsets.find((each) => each.partition === 0).low), 4);
    },
    'unknown-topic': async () => {
      await assert.rejects(admin.deleteTopics({ topics: [`${topic}-unknown`], timeout: 5000 }), /UNKNOWN_TOPIC|does not host|Unknown topic/i);
    },
    'too-large': async () => {
      await assert.rejects(send(topic, [{ value: 'v'.repeat(3_000_000), partition: 0 }], client.larger), /too large|larger than/i);
    },
    delete: async () => {
      const names = ['', '-compress', '-nulls', '-transaction'].map((each) => topic + each);
      await admin.deleteTopics({ topics: names });
      const left = await admin.listTopics();
      assert.deepEqual(names.filter((each) => left.includes(each)), []);
    },
  });
  await admin.disconnect();
};
