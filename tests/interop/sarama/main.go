// interop - sarama against a running broker, feature by feature. See ../README.md.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/IBM/sarama"
	"schloss.test/contract"
)

func config(who contract.User) *sarama.Config {
	c := sarama.NewConfig()
	c.Net.TLS.Enable = true
	c.Net.TLS.Config = contract.TLS()
	c.Net.SASL.Enable = true
	c.Net.SASL.User = who.Name
	c.Net.SASL.Password = who.Password
	c.Metadata.Retry.Max = 0
	c.Producer.Return.Successes = true
	c.Producer.RequiredAcks = sarama.WaitForAll
	c.Producer.Retry.Max = 0
	c.Producer.Partitioner = sarama.NewManualPartitioner
	c.Consumer.Return.Errors = true
	return c
}

func brokers() []string { return []string{contract.Env("BOOTSTRAP")} }

func encoded(b []byte) sarama.Encoder {
	if b == nil {
		return nil
	}
	return sarama.ByteEncoder(b)
}

func message(topic string, key, value []byte) *sarama.ProducerMessage {
	return &sarama.ProducerMessage{Topic: topic, Key: encoded(key), Value: encoded(value)}
}

func rows(topic string) []*sarama.ProducerMessage {
	var messages []*sarama.ProducerMessage
	for i := range contract.Rows {
		messages = append(messages, message(topic, contract.Key(i), contract.Value(i)))
	}
	return messages
}

// checkRows: the messages are the rows from the first on, at these very offsets.
func checkRows(found []*sarama.ConsumerMessage, first int) error {
	if len(found) != contract.Rows-first {
		return fmt.Errorf("%d rows, not %d", len(found), contract.Rows-first)
	}
	for i, m := range found {
		if err := contract.CheckRow(first+i, m.Offset, m.Key, m.Value); err != nil {
			return err
		}
	}
	return nil
}

func administer(do func(sarama.ClusterAdmin) error) error {
	a, err := sarama.NewClusterAdmin(brokers(), config(contract.Us))
	if err != nil {
		return err
	}
	defer a.Close()
	return do(a)
}

func create(topic string, partitions int32, configs map[string]*string) error {
	return administer(func(a sarama.ClusterAdmin) error {
		return a.CreateTopic(topic, &sarama.TopicDetail{
			NumPartitions: partitions, ReplicationFactor: 1, ConfigEntries: configs}, false)
	})
}

func produce(c *sarama.Config, messages []*sarama.ProducerMessage) error {
	p, err := sarama.NewSyncProducer(brokers(), c)
	if err != nil {
		return err
	}
	defer p.Close()
	var failed sarama.ProducerErrors
	if err = p.SendMessages(messages); errors.As(err, &failed) {
		return failed[0].Err
	}
	return err
}

func read(ctx context.Context, c *sarama.Config, topic string, offset int64, count int) ([]*sarama.ConsumerMessage, error) {
	consumer, err := sarama.NewConsumer(brokers(), c)
	if err != nil {
		return nil, err
	}
	defer consumer.Close()
	partition, err := consumer.ConsumePartition(topic, 0, offset)
	if err != nil {
		return nil, err
	}
	defer partition.Close()
	var found []*sarama.ConsumerMessage
	for len(found) < count {
		select {
		case m := <-partition.Messages():
			found = append(found, m)
		case e := <-partition.Errors():
			return nil, e.Err
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return found, nil
}

func readRows(ctx context.Context, topic string, first int) error {
	found, err := read(ctx, config(contract.Us), topic, int64(first), contract.Rows-first)
	if err != nil {
		return err
	}
	return checkRows(found, first)
}

func prepared(topic string, c *sarama.Config) error {
	if err := create(topic, 1, nil); err != nil {
		return err
	}
	return produce(c, rows(topic))
}

func throughAndBack(ctx context.Context, topic string, c *sarama.Config) error {
	if err := prepared(topic, c); err != nil {
		return err
	}
	return readRows(ctx, topic, 0)
}

func connect(context.Context) error {
	return administer(func(a sarama.ClusterAdmin) error {
		found, _, err := a.DescribeCluster()
		if err == nil && len(found) == 0 {
			err = errors.New("no broker in the metadata")
		}
		return err
	})
}

func admin(ctx context.Context) error {
	topic := contract.TopicOf("admin")
	if err := create(topic, 3, nil); err != nil {
		return err
	}
	return administer(func(a sarama.ClusterAdmin) error {
		described, err := a.DescribeTopics([]string{topic})
		if err != nil {
			return err
		}
		if n := len(described[0].Partitions); n != 3 {
			return fmt.Errorf("%d partitions, not 3", n)
		}
		if err = a.DeleteTopic(topic); err != nil {
			return err
		}
		for ctx.Err() == nil {
			topics, err := a.ListTopics()
			if err != nil {
				return err
			}
			if _, ok := topics[topic]; !ok {
				return nil
			}
		}
		return ctx.Err()
	})
}

func checkSetting(a sarama.ClusterAdmin, topic, name, wanted string) error {
	entries, err := a.DescribeConfig(sarama.ConfigResource{
		Type: sarama.TopicResource, Name: topic, ConfigNames: []string{name}})
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if entry.Name == name && entry.Value == wanted {
			return nil
		}
	}
	return fmt.Errorf("%s is not %s: %+v", name, wanted, entries)
}

func configs(context.Context) error {
	topic := contract.TopicOf("configs")
	minute, bytes := "60000", "2000"
	if err := create(topic, 1, map[string]*string{"retention.ms": &minute}); err != nil {
		return err
	}
	return administer(func(a sarama.ClusterAdmin) error {
		if err := checkSetting(a, topic, "retention.ms", minute); err != nil {
			return err
		}
		err := a.IncrementalAlterConfig(sarama.TopicResource, topic, map[string]sarama.IncrementalAlterConfigsEntry{
			"max.message.bytes": {Operation: sarama.IncrementalAlterConfigsOperationSet, Value: &bytes}}, false)
		return errors.Join(err, checkSetting(a, topic, "max.message.bytes", bytes),
			checkSetting(a, topic, "retention.ms", minute))
	})
}

func codec(name string, codec sarama.CompressionCodec) func(context.Context) error {
	return func(ctx context.Context) error {
		c := config(contract.Us)
		c.Producer.Compression = codec
		c.Producer.Flush.Messages = contract.Rows
		return throughAndBack(ctx, contract.TopicOf(name), c)
	}
}

func acks(name string, acks sarama.RequiredAcks) func(context.Context) error {
	return func(ctx context.Context) error {
		c := config(contract.Us)
		c.Producer.RequiredAcks = acks
		return throughAndBack(ctx, contract.TopicOf("acks"+name), c)
	}
}

func offset(ctx context.Context) error {
	if err := prepared(contract.TopicOf("offset"), config(contract.Us)); err != nil {
		return err
	}
	return readRows(ctx, contract.TopicOf("offset"), 30)
}

func timestamp(ctx context.Context) error {
	topic := contract.TopicOf("timestamp")
	if err := create(topic, 1, nil); err != nil {
		return err
	}
	begin := time.Now().Add(-100 * time.Second).Truncate(time.Millisecond)
	sent := rows(topic)
	for i, m := range sent {
		m.Timestamp = begin.Add(time.Duration(i) * time.Second)
	}
	if err := produce(config(contract.Us), sent); err != nil {
		return err
	}
	c, err := sarama.NewClient(brokers(), config(contract.Us))
	if err != nil {
		return err
	}
	defer c.Close()
	// Between two rows: the later one counts.
	at, err := c.GetOffset(topic, 0, begin.UnixMilli()+19_500)
	if err != nil {
		return err
	}
	if at != 20 {
		return fmt.Errorf("the offset for the timestamp is %d, not 20", at)
	}
	found, err := read(ctx, config(contract.Us), topic, at, 30)
	if err != nil {
		return err
	}
	for i, m := range found {
		if !m.Timestamp.Equal(sent[20+i].Timestamp) {
			return fmt.Errorf("timestamp of row %d: %v", 20+i, m.Timestamp)
		}
	}
	return checkRows(found, 20)
}

func headers(ctx context.Context) error {
	topic := contract.TopicOf("headers")
	if err := create(topic, 1, nil); err != nil {
		return err
	}
	wanted := []sarama.RecordHeader{{Key: []byte("text"), Value: []byte("abc")},
		{Key: []byte("bytes"), Value: contract.Value(7)}, {Key: []byte("empty"), Value: []byte{}},
		{Key: []byte("null")}, {Key: []byte("text"), Value: []byte("again")}}
	m := message(topic, nil, []byte("v"))
	m.Headers = wanted
	if err := produce(config(contract.Us), []*sarama.ProducerMessage{m}); err != nil {
		return err
	}
	found, err := read(ctx, config(contract.Us), topic, 0, 1)
	if err != nil {
		return err
	}
	if !slices.EqualFunc(found[0].Headers, wanted, func(a *sarama.RecordHeader, b sarama.RecordHeader) bool {
		return bytes.Equal(a.Key, b.Key) && bytes.Equal(a.Value, b.Value)
	}) {
		return fmt.Errorf("headers are %v", found[0].Headers)
	}
	return nil
}

func tombstone(ctx context.Context) error {
	topic := contract.TopicOf("tombstone")
	if err := create(topic, 1, nil); err != nil {
		return err
	}
	key := []byte("k")
	err := produce(config(contract.Us), []*sarama.ProducerMessage{message(topic, key, nil),
		message(topic, key, []byte{}), message(topic, nil, []byte("v"))})
	if err != nil {
		return err
	}
	found, err := read(ctx, config(contract.Us), topic, 0, 3)
	if err != nil {
		return err
	}
	if found[0].Value != nil || found[1].Value == nil || len(found[1].Value) != 0 || found[2].Key != nil {
		return errors.New("null and empty are not told apart")
	}
	return nil
}

// member takes so many messages, marks them, and ends its session.
type member struct {
	count int
	found []*sarama.ConsumerMessage
	done  context.CancelFunc
}

func (m *member) Setup(sarama.ConsumerGroupSession) error   { return nil }
func (m *member) Cleanup(sarama.ConsumerGroupSession) error { return nil }

func (m *member) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for {
		select {
		case message, ok := <-claim.Messages():
			if !ok {
				return nil
			}
			m.found = append(m.found, message)
			session.MarkMessage(message, "")
			if len(m.found) == m.count {
				session.Commit()
				m.done()
				return nil
			}
		case <-session.Context().Done():
			return nil
		}
	}
}

func takeInGroup(ctx context.Context, topic string, count int) ([]*sarama.ConsumerMessage, error) {
	c := config(contract.Us)
	c.Consumer.Offsets.Initial = sarama.OffsetOldest
	c.Consumer.Offsets.AutoCommit.Enable = false
	g, err := sarama.NewConsumerGroup(brokers(), topic, c)
	if err != nil {
		return nil, err
	}
	defer g.Close()
	session, cancel := context.WithCancel(ctx)
	defer cancel()
	m := &member{count: count, done: cancel}
	for session.Err() == nil {
		if err := g.Consume(session, []string{topic}, m); err != nil {
			return nil, err
		}
	}
	return m.found, ctx.Err()
}

func group(ctx context.Context) error {
	topic := contract.TopicOf("group")
	if err := prepared(topic, config(contract.Us)); err != nil {
		return err
	}
	found, err := takeInGroup(ctx, topic, 20)
	if err != nil {
		return err
	}
	rest, err := takeInGroup(ctx, topic, 30)
	if err != nil {
		return err
	}
	return checkRows(append(found, rest...), 0)
}

func refused(err, reason error, what string) error {
	if errors.Is(err, reason) {
		return nil
	}
	return fmt.Errorf("%s: %v", what, err)
}

func othersGroup(topic string) error {
	a, err := sarama.NewClusterAdmin(brokers(), config(contract.Them))
	if err != nil {
		return err
	}
	defer a.Close()
	answer, err := a.ListConsumerGroupOffsets(topic, map[string][]int32{topic: {0}})
	if err != nil {
		return err
	}
	return answer.Err
}

func wrongs(ctx context.Context) error {
	topic := contract.TopicOf("errors")
	if err := prepared(topic, config(contract.Us)); err != nil {
		return err
	}
	_, othersRead := read(ctx, config(contract.Them), topic, 0, 1)
	_, outOfRange := read(ctx, config(contract.Us), topic, 1000, 1)
	roomy := config(contract.Us)
	roomy.Producer.MaxMessageBytes = 5_000_000
	large := []*sarama.ProducerMessage{message(topic, nil, make([]byte, contract.TooLarge))}
	_, wrong := sarama.NewClient(brokers(), config(contract.Wrong))
	return errors.Join(
		refused(produce(config(contract.Them), rows(topic)), sarama.ErrTopicAuthorizationFailed, "another's produce"),
		refused(othersRead, sarama.ErrTopicAuthorizationFailed, "another's read"),
		refused(othersGroup(topic), sarama.ErrGroupAuthorizationFailed, "another's group"),
		refused(outOfRange, sarama.ErrOffsetOutOfRange, "an offset out of range"),
		refused(produce(roomy, large), sarama.ErrMessageSizeTooLarge, "too large a message"),
		refused(wrong, sarama.ErrSASLAuthenticationFailed, "a wrong password"))
}

func main() {
	contract.Report("github.com/IBM/sarama", []contract.Feature{
		{Name: "connect", Run: connect}, {Name: "admin", Run: admin}, {Name: "configs", Run: configs},
		{Name: "none", Run: codec("none", sarama.CompressionNone)}, {Name: "gzip", Run: codec("gzip", sarama.CompressionGZIP)},
		{Name: "snappy", Run: codec("snappy", sarama.CompressionSnappy)}, {Name: "lz4", Run: codec("lz4", sarama.CompressionLZ4)},
		{Name: "zstd", Run: codec("zstd", sarama.CompressionZSTD)},
		{Name: "acks0", Run: acks("0", sarama.NoResponse)}, {Name: "acks1", Run: acks("1", sarama.WaitForLocal)},
		{Name: "acksall", Run: acks("all", sarama.WaitForAll)},
		{Name: "offset", Run: offset}, {Name: "timestamp", Run: timestamp}, {Name: "headers", Run: headers},
		{Name: "tombstone", Run: tombstone}, {Name: "group", Run: group}, {Name: "errors", Run: wrongs}})
}
