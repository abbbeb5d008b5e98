// The steps with franz-go. Arguments: the servers, and a name that no topic begins with.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

const (
	partitions = 3
	records    = 100
	firstTime  = 1_700_000_000_000
)

var (
	servers, topic string
	admin          *kadm.Client
)

func client(options ...kgo.Opt) *kgo.Client {
	made, err := kgo.NewClient(append([]kgo.Opt{kgo.SeedBrokers(servers), kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.FetchMaxWait(100 * time.Millisecond)}, options...)...)
	if err != nil {
		panic(err)
	}
	return made
}

func patience() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), 30*time.Second)
}

func step(name string, body func(context.Context) error) {
	ctx, cancel := patience()
	defer cancel()
	if err := body(ctx); err != nil {
		fmt.Printf("STEP %s failed %s\n", name, strings.ReplaceAll(err.Error(), "\n", " "))
		return
	}
	fmt.Printf("STEP %s ok\n", name)
}

func equal(wanted, found any) error {
	if fmt.Sprint(wanted) != fmt.Sprint(found) {
		return fmt.Errorf("wanted %v, found %v", wanted, found)
	}
	return nil
}

func makeTopic(ctx context.Context, name string) error {
	_, err := admin.CreateTopic(ctx, 1, 1, nil, name)
	return err
}

// take polls until there are so many records, and once more for those that are too many.
func take(ctx context.Context, of *kgo.Client, count int) ([]*kgo.Record, error) {
	var taken []*kgo.Record
	for len(taken) < count {
		fetches := of.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			return nil, fmt.Errorf("%w after %d records", err, len(taken))
		}
		taken = append(taken, fetches.Records()...)
	}
	moment, cancel := context.WithTimeout(ctx, 200*time.Millisecond)
	defer cancel()
	taken = append(taken, of.PollFetches(moment).Records()...)
	return taken, equal(count, len(taken))
}

func read(ctx context.Context, name string, count int, level kgo.IsolationLevel) ([]*kgo.Record, error) {
	of := client(kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{name: {0: kgo.NewOffset().AtStart()}}), kgo.FetchIsolationLevel(level))
	defer of.Close()
	return take(ctx, of, count)
}

func create(ctx context.Context) error {
	if _, err := admin.CreateTopic(ctx, partitions, 1, nil, topic); err != nil {
		return err
	}
	topics, err := admin.ListTopics(ctx, topic)
	if err != nil {
		return err
	}
	return equal(partitions, len(topics[topic].Partitions))
}

func produce(ctx context.Context) error {
	of := client()
	defer of.Close()
	for i := range records {
		of.Produce(ctx, &kgo.Record{
			Topic: topic, Partition: int32(i % partitions), Timestamp: time.UnixMilli(int64(firstTime + i)),
			Key: fmt.Appendf(nil, "key%d", i), Value: fmt.Appendf(nil, "value%d", i),
			Headers: []kgo.RecordHeader{{Key: "number", Value: fmt.Append(nil, i)}},
		}, nil)
	}
	if err := of.Flush(ctx); err != nil {
		return err
	}
	ends, err := admin.ListEndOffsets(ctx, topic)
	if err != nil {
		return err
	}
	end, _ := ends.Lookup(topic, 0)
	return equal(34, end.Offset)
}

func compress(ctx context.Context) error {
	name := topic + "-compress"
	if err := makeTopic(ctx, name); err != nil {
		return err
	}
	codecs := []kgo.CompressionCodec{kgo.NoCompression(), kgo.GzipCompression(), kgo.SnappyCompression(), kgo.Lz4Compression(), kgo.ZstdCompression()}
	for _, codec := range codecs {
		of := client(kgo.ProducerBatchCompression(codec), kgo.DefaultProduceTopic(name))
		err := of.ProduceSync(ctx, kgo.StringRecord(strings.Repeat("v", 10000))).FirstErr()
		of.Close()
		if err != nil {
			return err
		}
	}
	taken, err := read(ctx, name, len(codecs), kgo.ReadCommitted())
	for _, each := range taken {
		err = errors.Join(err, equal(strings.Repeat("v", 10000), string(each.Value)))
	}
	return err
}

func nulls(ctx context.Context) error {
	name := topic + "-nulls"
	if err := makeTopic(ctx, name); err != nil {
		return err
	}
	of := client(kgo.DefaultProduceTopic(name))
	defer of.Close()
	sent := []*kgo.Record{{Value: []byte("value")}, {Key: []byte("key")}, {Headers: []kgo.RecordHeader{{Key: "null"}, {Key: "empty", Value: []byte{}}}}}
	for _, each := range sent {
		if err := of.ProduceSync(ctx, each).FirstErr(); err != nil {
			return err
		}
	}
	taken, err := read(ctx, name, 3, kgo.ReadCommitted())
	if err != nil {
		return err
	}
	return errors.Join(equal(true, taken[0].Key == nil), equal(true, taken[1].Value == nil), equal(true, taken[2].Headers[0].Value == nil),
		equal(true, taken[2].Headers[1].Value != nil))
}

func group(options ...kgo.Opt) func(context.Context) error {
	return func(ctx context.Context) error {
		name := fmt.Sprintf("%s-group%d", topic, len(options))
		member := func() *kgo.Client {
			return client(append(options, kgo.ConsumerGroup(name), kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.DisableAutoCommit())...)
		}
		one := member()
		if _, err := take(ctx, one, records); err != nil {
			return err
		}
		if err := one.CommitUncommittedOffsets(ctx); err != nil {
			return err
		}
		one.Close()
		if _, err := admin.CommitOffsets(ctx, name, offsets(0, 5)); err != nil {
			return err
		}
		two := member()
		defer two.Close()
		taken, err := take(ctx, two, 29)
		if err != nil {
			return err
		}
		return equal(5, taken[0].Offset)
	}
}

func offsets(partition int32, at int64) kadm.Offsets {
	made := make(kadm.Offsets)
	made.AddOffset(topic, partition, at, -1)
	return made
}

func times(ctx context.Context) error {
	found, err := admin.ListOffsetsAfterMilli(ctx, firstTime+50, topic)
	if err != nil {
		return err
	}
	at, _ := found.Lookup(topic, 1)
	return equal(17, at.Offset) // of record 52
}

func transaction(ctx context.Context) error {
	name := topic + "-transaction"
	if err := makeTopic(ctx, name); err != nil {
		return err
	}
	of := client(kgo.TransactionalID(name), kgo.DefaultProduceTopic(name))
	defer of.Close()
	for _, value := range []string{"committed", "aborted", "committed too"} {
		if err := of.BeginTransaction(); err != nil {
			return err
		}
		if err := of.ProduceSync(ctx, kgo.StringRecord(value)).FirstErr(); err != nil {
			return err
		}
		if err := of.EndTransaction(ctx, kgo.TransactionEndTry(value != "aborted")); err != nil {
			return err
		}
	}
	taken, err := read(ctx, name, 2, kgo.ReadCommitted())
	if err != nil {
		return err
	}
	_, err = read(ctx, name, 3, kgo.ReadUncommitted())
	return errors.Join(err, equal("committed too", string(taken[1].Value)))
}

func configs(ctx context.Context) error {
	value := "7654000"
	if _, err := admin.AlterTopicConfigs(ctx, []kadm.AlterConfig{{Op: kadm.SetConfig, Name: "retention.ms", Value: &value}}, topic); err != nil {
		return err
	}
	described, err := admin.DescribeTopicConfigs(ctx, topic)
	if err != nil {
		return err
	}
	for _, each := range described[0].Configs {
		if each.Key == "retention.ms" {
			return equal(value, each.MaybeValue())
		}
	}
	return errors.New("no retention.ms")
}

func adminGroups(ctx context.Context) error {
	name := topic + "-group0"
	groups, err := admin.DescribeGroups(ctx, name)
	if err != nil {
		return err
	}
	lag, err := admin.Lag(ctx, name)
	if err != nil {
		return err
	}
	_, err = admin.DeleteGroup(ctx, name)
	return errors.Join(err, equal("Empty", groups[name].State), lag.Error())
}

func adminTopics(ctx context.Context) error {
	if _, err := admin.DeleteRecords(ctx, offsets(0, 4)); err != nil {
		return err
	}
	starts, err := admin.ListStartOffsets(ctx, topic)
	if err != nil {
		return err
	}
	start, _ := starts.Lookup(topic, 0)
	_, err = admin.UpdatePartitions(ctx, 2, topic+"-compress")
	return errors.Join(err, equal(4, start.Offset))
}

func unknownTopic(ctx context.Context) error {
	_, err := admin.DeleteTopic(ctx, topic+"-unknown")
	return equal(kerr.UnknownTopicOrPartition, err)
}

func tooLarge(ctx context.Context) error {
	of := client(kgo.ProducerBatchMaxBytes(10_000_000), kgo.ProducerBatchCompression(kgo.NoCompression()))
	defer of.Close()
	record := &kgo.Record{Topic: topic, Value: make([]byte, 3_000_000)}
	err := of.ProduceSync(ctx, record).FirstErr()
	if errors.Is(err, kerr.MessageTooLarge) {
		return nil
	}
	return fmt.Errorf("wanted %v, found %v", kerr.MessageTooLarge, err)
}

func remove(ctx context.Context) error {
	answers, err := admin.DeleteTopics(ctx, topic, topic+"-compress", topic+"-nulls", topic+"-transaction")
	if err != nil {
		return err
	}
	return answers.Error()
}

func main() {
	servers, topic = os.Args[1], os.Args[2]
	admin = kadm.NewClient(client())
	defer admin.Close()
	fmt.Println("VERSION 1.22.3")
	step("create", create)
	step("produce", produce)
	step("compress", compress)
	step("nulls", nulls)
	step("group", group())
	step("times", times)
	step("transaction", transaction)
	step("configs", configs)
	step("admin-groups", adminGroups)
	step("admin-topics", adminTopics)
	step("unknown-topic", unknownTopic)
	step("too-large", tooLarge)
	step("delete", remove)
}
