// The steps with @confluentinc/kafka-javascript (librdkafka). Arguments: the server, and a name that no topic begins with.
const { ConsumerGroupStates, Kafka, logLevel } = require('@confluentinc/kafka-javascript').KafkaJS;
const { librdkafkaVersion } = require('@confluentinc/kafka-javascript');
const { walk } = require('./steps.js');

const [server, topic] = process.argv.slice(2);
const kafka = new Kafka({ kafkaJS: { brokers: [server], logLevel: logLevel.ERROR } });
console.log(`VERSION ${require('@confluentinc/kafka-javascript/package.json').version} librdkafka ${librdkafkaVersion}`);

walk(
  {
    kafka,
    producer: ({ transactionalId, larger, codec }) =>
      kafka.producer({
        kafkaJS: { idempotent: true, acks: -1, ...(transactionalId && { transactionalId }) },
        ...(larger && { 'message.max.bytes': 10_000_000 }),
        ...(codec && { 'compression.type': codec }),
      }),
    consumer: (groupId, { uncommitted } = {}) =>
      kafka.consumer({ kafkaJS: { groupId, fromBeginning: true, readUncommitted: uncommitted ?? false } }),
    // It is built with what this machine has, and libzstd's headers are seldom there.
    codecs: ['none', 'gzip', 'snappy', 'lz4'],
    compression: (codec) => ({ codec }),
    larger: { larger: true },
    stable: (group) => group.state === ConsumerGroupStates.STABLE,
    configs: () => 'its admin client has no configs',
  },
  topic,
).then(
  () => process.exit(0),
  (failure) => {
    console.error(failure);
    process.exit(1);
  },
);
