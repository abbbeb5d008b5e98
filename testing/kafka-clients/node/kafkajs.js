// The steps with KafkaJS. Arguments: the server, and a name that no topic begins with.
const { CompressionCodecs, CompressionTypes, ConfigResourceTypes, Kafka, logLevel } = require('kafkajs');
const assert = require('node:assert/strict');
const { walk } = require('./steps.js');

CompressionCodecs[CompressionTypes.Snappy] = require('kafkajs-snappy');

const [server, topic] = process.argv.slice(2);
const kafka = new Kafka({ brokers: [server], logLevel: logLevel.ERROR });
console.log(`VERSION ${require('kafkajs/package.json').version}`);
const resource = { type: ConfigResourceTypes.TOPIC, name: topic };

walk(
  {
    kafka,
    producer: ({ transactionalId }) => kafka.producer({ idempotent: true, maxInFlightRequests: 1, transactionalId }),
    consumer: (groupId, { uncommitted } = {}) => {
      const of = kafka.consumer({ groupId, readUncommitted: uncommitted ?? false, maxWaitTimeInMs: 100 });
      const subscribe = of.subscribe;
      of.subscribe = ({ topic: name }) => subscribe({ topics: [name], fromBeginning: true });
      return of;
    },
    // Codecs of LZ4 and Zstandard are packages of others.
    codecs: ['None', 'GZIP', 'Snappy'],
    compression: (codec) => ({ send: { compression: CompressionTypes[codec] } }),
    larger: {},
    stable: (group) => group.state === 'Stable',
    configs: (admin) => async () => {
      await admin.alterConfigs({ resources: [{ ...resource, configEntries: [{ name: 'retention.ms', value: '7654000' }] }] });
      const { resources } = await admin.describeConfigs({ resources: [resource] });
      assert.equal(resources[0].configEntries.find((each) => each.configName === 'retention.ms').configValue, '7654000');
    },
  },
  topic,
).then(
  () => process.exit(0),
  (failure) => {
    console.error(failure);
    process.exit(1);
  },
);
