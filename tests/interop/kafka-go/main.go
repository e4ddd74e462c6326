// interop - segmentio/kafka-go against a running broker, feature by feature. See ../README.md.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/sasl/plain"
	"schloss.test/contract"
)

func mechanism(who contract.User) plain.Mechanism {
	return plain.Mechanism{Username: who.Name, Password: who.Password}
}

func transport(who contract.User) *kafka.Transport {
	return &kafka.Transport{TLS: contract.TLS(), SASL: mechanism(who)}
}

func client(who contract.User) (*kafka.Client, func()) {
	t := transport(who)
	return &kafka.Client{Addr: kafka.TCP(contract.Env("BOOTSTRAP")), Transport: t}, t.CloseIdleConnections
}

func rows() []kafka.Message {
	var messages []kafka.Message
	for i := range contract.Rows {
		messages = append(messages, kafka.Message{Key: contract.Key(i), Value: contract.Value(i)})
	}
	return messages
}

// checkRows: the messages are the rows from the first on, at these very offsets.
func checkRows(found []kafka.Message, first int) error {
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

func create(ctx context.Context, topic string, partitions int, configs ...kafka.ConfigEntry) error {
	c, done := client(contract.Us)
	defer done()
	answer, err := c.CreateTopics(ctx, &kafka.CreateTopicsRequest{Topics: []kafka.TopicConfig{{
		Topic: topic, NumPartitions: partitions, ReplicationFactor: 1, ConfigEntries: configs}}})
	if err != nil {
		return err
	}
	return answer.Errors[topic]
}

type change func(*kafka.Writer)

func produce(ctx context.Context, who contract.User, topic string, messages []kafka.Message,
	changes ...change) error {
	t := transport(who)
	defer t.CloseIdleConnections()
	w := &kafka.Writer{Addr: kafka.TCP(contract.Env("BOOTSTRAP")), Topic: topic, Transport: t,
		RequiredAcks: kafka.RequireAll, BatchTimeout: 50 * time.Millisecond, MaxAttempts: 1}
	for _, change := range changes {
		change(w)
	}
	err := errors.Join(w.WriteMessages(ctx, messages...), w.Close())
	if failed := (kafka.WriteErrors)(nil); errors.As(err, &failed) {
		return failed[0]
	}
	return err
}

func reader(who contract.User, config kafka.ReaderConfig) *kafka.Reader {
	config.Brokers = []string{contract.Env("BOOTSTRAP")}
	config.Dialer = &kafka.Dialer{Timeout: 10 * time.Second, TLS: contract.TLS(), SASLMechanism: mechanism(who)}
	config.MaxWait = 500 * time.Millisecond
	return kafka.NewReader(config)
}

func take(ctx context.Context, r *kafka.Reader, count int) ([]kafka.Message, error) {
	var found []kafka.Message
	for len(found) < count {
		m, err := r.FetchMessage(ctx)
		if err != nil {
			return nil, err
		}
		found = append(found, m)
	}
	return found, nil
}

func read(ctx context.Context, who contract.User, topic string, offset int64, count int) ([]kafka.Message, error) {
	r := reader(who, kafka.ReaderConfig{Topic: topic, MaxAttempts: 1, OffsetOutOfRangeError: true})
	defer r.Close()
	if err := r.SetOffset(offset); err != nil {
		return nil, err
	}
	return take(ctx, r, count)
}

func readRows(ctx context.Context, topic string, first int) error {
	found, err := read(ctx, contract.Us, topic, int64(first), contract.Rows-first)
	if err != nil {
		return err
	}
	return checkRows(found, first)
}

func prepared(ctx context.Context, topic string, changes ...change) error {
	if err := create(ctx, topic, 1); err != nil {
		return err
	}
	return produce(ctx, contract.Us, topic, rows(), changes...)
}

func throughAndBack(ctx context.Context, topic string, changes ...change) error {
	if err := prepared(ctx, topic, changes...); err != nil {
		return err
	}
	return readRows(ctx, topic, 0)
}

func connect(ctx context.Context) error {
	c, done := client(contract.Us)
	defer done()
	metadata, err := c.Metadata(ctx, &kafka.MetadataRequest{})
	if err == nil && len(metadata.Brokers) == 0 {
		err = errors.New("no broker in the metadata")
	}
	return err
}

func admin(ctx context.Context) error {
	topic := contract.TopicOf("admin")
	if err := create(ctx, topic, 3); err != nil {
		return err
	}
	c, done := client(contract.Us)
	defer done()
	metadata, err := c.Metadata(ctx, &kafka.MetadataRequest{Topics: []string{topic}})
	if err != nil {
		return err
	}
	if n := len(metadata.Topics[0].Partitions); n != 3 {
		return fmt.Errorf("%d partitions, not 3", n)
	}
	deleted, err := c.DeleteTopics(ctx, &kafka.DeleteTopicsRequest{Topics: []string{topic}})
	if err != nil {
		return err
	}
	if deleted.Errors[topic] != nil {
		return deleted.Errors[topic]
	}
	for ctx.Err() == nil {
		metadata, err = c.Metadata(ctx, &kafka.MetadataRequest{})
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(metadata.Topics, func(t kafka.Topic) bool { return t.Name == topic }) {
			return nil
		}
	}
	return ctx.Err()
}

func checkSetting(ctx context.Context, c *kafka.Client, topic, name, wanted string) error {
	answer, err := c.DescribeConfigs(ctx, &kafka.DescribeConfigsRequest{
		Resources: []kafka.DescribeConfigRequestResource{{
			ResourceType: kafka.ResourceTypeTopic, ResourceName: topic, ConfigNames: []string{name}}}})
	if err != nil {
		return err
	}
	for _, entry := range answer.Resources[0].ConfigEntries {
		if entry.ConfigName == name && entry.ConfigValue == wanted {
			return nil
		}
	}
	return fmt.Errorf("%s is not %s: %+v", name, wanted, answer.Resources[0])
}

func configs(ctx context.Context) error {
	topic := contract.TopicOf("configs")
	if err := create(ctx, topic, 1, kafka.ConfigEntry{ConfigName: "retention.ms", ConfigValue: "60000"}); err != nil {
		return err
	}
	c, done := client(contract.Us)
	defer done()
	if err := checkSetting(ctx, c, topic, "retention.ms", "60000"); err != nil {
		return err
	}
	answer, err := c.IncrementalAlterConfigs(ctx, &kafka.IncrementalAlterConfigsRequest{
		Resources: []kafka.IncrementalAlterConfigsRequestResource{{
			ResourceType: kafka.ResourceTypeTopic, ResourceName: topic,
			Configs: []kafka.IncrementalAlterConfigsRequestConfig{{
				Name: "max.message.bytes", Value: "2000", ConfigOperation: kafka.ConfigOperationSet}}}}})
	if err != nil {
		return err
	}
	return errors.Join(answer.Resources[0].Error,
		checkSetting(ctx, c, topic, "max.message.bytes", "2000"),
		checkSetting(ctx, c, topic, "retention.ms", "60000"))
}

func codec(name string, c kafka.Compression) func(context.Context) error {
	return func(ctx context.Context) error {
		return throughAndBack(ctx, contract.TopicOf(name), func(w *kafka.Writer) { w.Compression = c })
	}
}

func acks(name string, a kafka.RequiredAcks) func(context.Context) error {
	return func(ctx context.Context) error {
		return throughAndBack(ctx, contract.TopicOf("acks"+name), func(w *kafka.Writer) { w.RequiredAcks = a })
	}
}

func offset(ctx context.Context) error {
	if err := prepared(ctx, contract.TopicOf("offset")); err != nil {
		return err
	}
	return readRows(ctx, contract.TopicOf("offset"), 30)
}

func timestamp(ctx context.Context) error {
	topic := contract.TopicOf("timestamp")
	if err := create(ctx, topic, 1); err != nil {
		return err
	}
	begin := time.Now().Add(-100 * time.Second).Truncate(time.Millisecond)
	sent := rows()
	for i := range sent {
		sent[i].Time = begin.Add(time.Duration(i) * time.Second)
	}
	if err := produce(ctx, contract.Us, topic, sent); err != nil {
		return err
	}
	r := reader(contract.Us, kafka.ReaderConfig{Topic: topic})
	defer r.Close()
	// Between two rows: the later one counts.
	if err := r.SetOffsetAt(ctx, begin.Add(19_500*time.Millisecond)); err != nil {
		return err
	}
	found, err := take(ctx, r, 30)
	if err != nil {
		return err
	}
	for i, m := range found {
		if !m.Time.Equal(sent[20+i].Time) {
			return fmt.Errorf("timestamp of row %d: %v", 20+i, m.Time)
		}
	}
	return checkRows(found, 20)
}

func headers(ctx context.Context) error {
	topic := contract.TopicOf("headers")
	if err := create(ctx, topic, 1); err != nil {
		return err
	}
	wanted := []kafka.Header{{Key: "text", Value: []byte("abc")}, {Key: "bytes", Value: contract.Value(7)},
		{Key: "empty", Value: []byte{}}, {Key: "text", Value: []byte("again")}}
	message := kafka.Message{Value: []byte("v"), Headers: wanted}
	if err := produce(ctx, contract.Us, topic, []kafka.Message{message}); err != nil {
		return err
	}
	found, err := read(ctx, contract.Us, topic, 0, 1)
	if err != nil {
		return err
	}
	if !slices.EqualFunc(found[0].Headers, wanted, func(a, b kafka.Header) bool {
		return a.Key == b.Key && bytes.Equal(a.Value, b.Value)
	}) {
		return fmt.Errorf("headers are %v", found[0].Headers)
	}
	return nil
}

// The Reader gives an empty slice for both, the Client tells null from empty.
func tombstone(ctx context.Context) error {
	topic := contract.TopicOf("tombstone")
	if err := create(ctx, topic, 1); err != nil {
		return err
	}
	err := produce(ctx, contract.Us, topic, []kafka.Message{
		{Key: []byte("k")}, {Key: []byte("k"), Value: []byte{}}, {Value: []byte("v")}})
	if err != nil {
		return err
	}
	c, done := client(contract.Us)
	defer done()
	answer, err := c.Fetch(ctx, &kafka.FetchRequest{Topic: topic, MinBytes: 1, MaxBytes: 1 << 20,
		MaxWait: time.Second})
	if err != nil {
		return err
	}
	if answer.Error != nil {
		return answer.Error
	}
	wanted := []struct{ keyIsNull, valueIsNull bool }{{false, true}, {false, false}, {true, false}}
	for i, w := range wanted {
		r, err := answer.Records.ReadRecord()
		if err != nil {
			return err
		}
		if (r.Key == nil) != w.keyIsNull || (r.Value == nil) != w.valueIsNull {
			return fmt.Errorf("record %d: null and empty are not told apart", i)
		}
	}
	return nil
}

func group(ctx context.Context) error {
	topic := contract.TopicOf("group")
	if err := prepared(ctx, topic); err != nil {
		return err
	}
	config := kafka.ReaderConfig{GroupID: topic, Topic: topic, StartOffset: kafka.FirstOffset}
	first := reader(contract.Us, config)
	found, err := take(ctx, first, 20)
	if err == nil {
		err = first.CommitMessages(ctx, found...)
	}
	if err = errors.Join(err, first.Close()); err != nil {
		return err
	}
	second := reader(contract.Us, config)
	defer second.Close()
	rest, err := take(ctx, second, 30)
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

func wrongs(ctx context.Context) error {
	topic := contract.TopicOf("errors")
	if err := prepared(ctx, topic); err != nil {
		return err
	}
	them, themDone := client(contract.Them)
	defer themDone()
	othersMetadata, err := them.Metadata(ctx, &kafka.MetadataRequest{Topics: []string{topic}})
	if err != nil {
		return err
	}
	othersGroup, err := them.OffsetFetch(ctx, &kafka.OffsetFetchRequest{GroupID: topic,
		Topics: map[string][]int{topic: {0}}})
	if err == nil {
		err = othersGroup.Error
	}
	us, usDone := client(contract.Us)
	defer usDone()
	answer, outOfRange := us.Fetch(ctx, &kafka.FetchRequest{Topic: topic, Offset: 1000, MaxWait: time.Second})
	if outOfRange == nil {
		outOfRange = answer.Error
	}
	large := []kafka.Message{{Value: make([]byte, contract.TooLarge)}}
	wrong, wrongDone := client(contract.Wrong)
	defer wrongDone()
	_, wrongErr := wrong.Metadata(ctx, &kafka.MetadataRequest{})
	// Its transport asks for all topics, and takes for unknown what it is not shown.
	return errors.Join(
		refused(produce(ctx, contract.Them, topic, rows()), kafka.UnknownTopicOrPartition, "another's produce"),
		refused(othersMetadata.Topics[0].Error, kafka.UnknownTopicOrPartition, "another's metadata"),
		refused(err, kafka.GroupAuthorizationFailed, "another's group"),
		refused(outOfRange, kafka.OffsetOutOfRange, "an offset out of range"),
		refused(produce(ctx, contract.Us, topic, large, func(w *kafka.Writer) { w.BatchBytes = 5_000_000 }),
			kafka.MessageSizeTooLarge, "too large a message"),
		refused(wrongErr, kafka.SASLAuthenticationFailed, "a wrong password"))
}

func main() {
	contract.Report("github.com/segmentio/kafka-go", []contract.Feature{
		{Name: "connect", Run: connect}, {Name: "admin", Run: admin}, {Name: "configs", Run: configs},
		{Name: "none", Run: codec("none", 0)}, {Name: "gzip", Run: codec("gzip", kafka.Gzip)},
		{Name: "snappy", Run: codec("snappy", kafka.Snappy)}, {Name: "lz4", Run: codec("lz4", kafka.Lz4)},
		{Name: "zstd", Run: codec("zstd", kafka.Zstd)},
		{Name: "acks0", Run: acks("0", kafka.RequireNone)}, {Name: "acks1", Run: acks("1", kafka.RequireOne)},
		{Name: "acksall", Run: acks("all", kafka.RequireAll)},
		{Name: "offset", Run: offset}, {Name: "timestamp", Run: timestamp}, {Name: "headers", Run: headers},
		{Name: "tombstone", Run: tombstone}, {Name: "group", Run: group}, {Name: "errors", Run: wrongs}})
}
