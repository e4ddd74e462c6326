// interop - franz-go against a running broker, feature by feature. See ../README.md.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"schloss.test/contract"
)

func rows(topic string) []*kgo.Record {
	var records []*kgo.Record
	for i := range contract.Rows {
		records = append(records, &kgo.Record{
			Topic: topic, Key: contract.Key(i), Value: contract.Value(i)})
	}
	return records
}

// checkRows: the records are the rows from the first on, at these very offsets.
func checkRows(found []*kgo.Record, first int) error {
	if len(found) != contract.Rows-first {
		return fmt.Errorf("%d rows, not %d", len(found), contract.Rows-first)
	}
	for i, r := range found {
		if err := contract.CheckRow(first+i, r.Offset, r.Key, r.Value); err != nil {
			return err
		}
	}
	return nil
}

func client(who contract.User, more ...kgo.Opt) (*kgo.Client, error) {
	return kgo.NewClient(append([]kgo.Opt{
		kgo.SeedBrokers(contract.Env("BOOTSTRAP")),
		kgo.DialTLSConfig(contract.TLS()),
		kgo.SASL(plain.Auth{User: who.Name, Pass: who.Password}.AsMechanism()),
	}, more...)...)
}

func with(who contract.User, opts []kgo.Opt, do func(*kgo.Client) error) error {
	c, err := client(who, opts...)
	if err != nil {
		return err
	}
	defer c.Close()
	return do(c)
}

func administer(do func(*kadm.Client) error) error {
	return with(contract.Us, nil, func(c *kgo.Client) error { return do(kadm.NewClient(c)) })
}

func create(ctx context.Context, topic string, partitions int32, configs map[string]*string) error {
	return administer(func(a *kadm.Client) error {
		_, err := a.CreateTopic(ctx, partitions, 1, configs, topic)
		return err
	})
}

func produce(ctx context.Context, who contract.User, records []*kgo.Record, opts ...kgo.Opt) error {
	return with(who, opts, func(c *kgo.Client) error {
		return c.ProduceSync(ctx, records...).FirstErr()
	})
}

func take(ctx context.Context, c *kgo.Client, count int) ([]*kgo.Record, error) {
	var found []*kgo.Record
	for len(found) < count {
		fetches := c.PollRecords(ctx, count-len(found))
		if err := fetches.Err(); err != nil {
			return nil, err
		}
		found = append(found, fetches.Records()...)
	}
	return found, nil
}

func from(topic string, offset kgo.Offset) kgo.Opt {
	return kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: {0: offset}})
}

func read(ctx context.Context, who contract.User, count int, opts ...kgo.Opt) ([]*kgo.Record, error) {
	var found []*kgo.Record
	err := with(who, opts, func(c *kgo.Client) (err error) {
		found, err = take(ctx, c, count)
		return err
	})
	return found, err
}

func readRows(ctx context.Context, topic string, first int) error {
	found, err := read(ctx, contract.Us, contract.Rows-first, from(topic, kgo.NewOffset().At(int64(first))))
	if err != nil {
		return err
	}
	return checkRows(found, first)
}

func prepared(ctx context.Context, topic string, opts ...kgo.Opt) error {
	if err := create(ctx, topic, 1, nil); err != nil {
		return err
	}
	return produce(ctx, contract.Us, rows(topic), opts...)
}

func throughAndBack(ctx context.Context, topic string, opts ...kgo.Opt) error {
	if err := prepared(ctx, topic, opts...); err != nil {
		return err
	}
	return readRows(ctx, topic, 0)
}

func connect(ctx context.Context) error {
	return administer(func(a *kadm.Client) error {
		metadata, err := a.BrokerMetadata(ctx)
		if err == nil && len(metadata.Brokers) == 0 {
			err = errors.New("no broker in the metadata")
		}
		return err
	})
}

func admin(ctx context.Context) error {
	topic := contract.TopicOf("admin")
	if err := create(ctx, topic, 3, nil); err != nil {
		return err
	}
	return administer(func(a *kadm.Client) error {
		details, err := a.ListTopics(ctx, topic)
		if err != nil {
			return err
		}
		if n := len(details[topic].Partitions); n != 3 {
			return fmt.Errorf("%d partitions, not 3", n)
		}
		if _, err = a.DeleteTopic(ctx, topic); err != nil {
			return err
		}
		for {
			if details, err = a.ListTopics(ctx); err != nil || !details.Has(topic) {
				return err
			}
		}
	})
}

func checkSetting(ctx context.Context, a *kadm.Client, topic, name, wanted string) error {
	all, err := a.DescribeTopicConfigs(ctx, topic)
	if err != nil {
		return err
	}
	resource, err := all.On(topic, nil)
	if err != nil {
		return err
	}
	for _, c := range resource.Configs {
		if c.Key == name && c.MaybeValue() == wanted {
			return nil
		}
	}
	return fmt.Errorf("%s is not %s", name, wanted)
}

func configs(ctx context.Context) error {
	topic := contract.TopicOf("configs")
	err := create(ctx, topic, 1, map[string]*string{"retention.ms": kadm.StringPtr("60000")})
	if err != nil {
		return err
	}
	return administer(func(a *kadm.Client) error {
		if err := checkSetting(ctx, a, topic, "retention.ms", "60000"); err != nil {
			return err
		}
		done, err := a.AlterTopicConfigs(ctx, []kadm.AlterConfig{
			{Op: kadm.SetConfig, Name: "max.message.bytes", Value: kadm.StringPtr("2000")}}, topic)
		if err != nil {
			return err
		}
		if _, err = done.On(topic, func(r *kadm.AlterConfigsResponse) error { return r.Err }); err != nil {
			return err
		}
		if err = checkSetting(ctx, a, topic, "max.message.bytes", "2000"); err != nil {
			return err
		}
		return checkSetting(ctx, a, topic, "retention.ms", "60000")
	})
}

func codec(name string, c kgo.CompressionCodec) func(context.Context) error {
	return func(ctx context.Context) error {
		return throughAndBack(ctx, contract.TopicOf(name), kgo.ProducerBatchCompression(c))
	}
}

func acks(name string, a kgo.Acks) func(context.Context) error {
	return func(ctx context.Context) error {
		opts := []kgo.Opt{kgo.RequiredAcks(a)}
		if name != "all" { // which idempotence needs
			opts = append(opts, kgo.DisableIdempotentWrite())
		}
		return throughAndBack(ctx, contract.TopicOf("acks"+name), opts...)
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
	if err := create(ctx, topic, 1, nil); err != nil {
		return err
	}
	begin := time.Now().Add(-100 * time.Second).Truncate(time.Millisecond)
	sent := rows(topic)
	for i, r := range sent {
		r.Timestamp = begin.Add(time.Duration(i) * time.Second)
	}
	if err := produce(ctx, contract.Us, sent); err != nil {
		return err
	}
	between := begin.UnixMilli() + 19_500 // two rows: the later one counts
	err := administer(func(a *kadm.Client) error {
		listed, err := a.ListOffsetsAfterMilli(ctx, between, topic)
		if err != nil {
			return err
		}
		if o, ok := listed.Lookup(topic, 0); !ok || o.Err != nil || o.Offset != 20 ||
			o.Timestamp != begin.UnixMilli()+20_000 {
			return fmt.Errorf("the offset for the timestamp is %+v", o)
		}
		return nil
	})
	if err != nil {
		return err
	}
	found, err := read(ctx, contract.Us, 30, from(topic, kgo.NewOffset().AfterMilli(between)))
	if err != nil {
		return err
	}
	for i, r := range found {
		if !r.Timestamp.Equal(sent[20+i].Timestamp) {
			return fmt.Errorf("timestamp of row %d: %v", 20+i, r.Timestamp)
		}
	}
	return checkRows(found, 20)
}

func headers(ctx context.Context) error {
	topic := contract.TopicOf("headers")
	if err := create(ctx, topic, 1, nil); err != nil {
		return err
	}
	wanted := []kgo.RecordHeader{{Key: "text", Value: []byte("abc")}, {Key: "bytes", Value: contract.Value(7)},
		{Key: "empty", Value: []byte{}}, {Key: "null"}, {Key: "text", Value: []byte("again")}}
	err := produce(ctx, contract.Us, []*kgo.Record{{Topic: topic, Value: []byte("v"), Headers: wanted}})
	if err != nil {
		return err
	}
	found, err := read(ctx, contract.Us, 1, from(topic, kgo.NewOffset().AtStart()))
	if err != nil {
		return err
	}
	isSame := func(a, b kgo.RecordHeader) bool {
		return a.Key == b.Key && bytes.Equal(a.Value, b.Value) && (a.Value == nil) == (b.Value == nil)
	}
	if !slices.EqualFunc(found[0].Headers, wanted, isSame) {
		return fmt.Errorf("headers are %v", found[0].Headers)
	}
	return nil
}

func tombstone(ctx context.Context) error {
	topic := contract.TopicOf("tombstone")
	if err := create(ctx, topic, 1, nil); err != nil {
		return err
	}
	err := produce(ctx, contract.Us, []*kgo.Record{{Topic: topic, Key: []byte("k")},
		{Topic: topic, Key: []byte("k"), Value: []byte{}}, {Topic: topic, Value: []byte("v")}})
	if err != nil {
		return err
	}
	found, err := read(ctx, contract.Us, 3, from(topic, kgo.NewOffset().AtStart()))
	if err != nil {
		return err
	}
	if found[0].Value != nil || found[1].Value == nil || len(found[1].Value) != 0 || found[2].Key != nil {
		return errors.New("null and empty are not told apart")
	}
	return nil
}

func group(ctx context.Context) error {
	topic := contract.TopicOf("group")
	if err := prepared(ctx, topic); err != nil {
		return err
	}
	opts := []kgo.Opt{kgo.ConsumerGroup(topic), kgo.ConsumeTopics(topic), kgo.DisableAutoCommit(),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart())}
	var found []*kgo.Record
	err := with(contract.Us, opts, func(c *kgo.Client) (err error) {
		if found, err = take(ctx, c, 20); err == nil {
			err = c.CommitRecords(ctx, found...)
		}
		return err
	})
	if err != nil {
		return err
	}
	rest, err := read(ctx, contract.Us, 30, opts...)
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
	atStart := from(topic, kgo.NewOffset().AtStart())
	_, othersRead := read(ctx, contract.Them, 1, atStart)
	othersGroup := with(contract.Them, nil, func(c *kgo.Client) error {
		_, err := kadm.NewClient(c).FetchOffsets(ctx, topic)
		return err
	})
	_, outOfRange := read(ctx, contract.Us, 1, from(topic, kgo.NewOffset().At(1000)),
		kgo.ConsumeResetOffset(kgo.NoResetOffset()))
	reset, resetErr := read(ctx, contract.Us, contract.Rows, from(topic, kgo.NewOffset().At(1000)),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if resetErr == nil {
		resetErr = checkRows(reset, 0)
	}
	large := []*kgo.Record{{Topic: topic, Value: make([]byte, contract.TooLarge)}}
	wrong := with(contract.Wrong, nil, func(c *kgo.Client) error { return c.Ping(ctx) })
	return errors.Join(
		refused(produce(ctx, contract.Them, rows(topic)), kerr.TopicAuthorizationFailed, "another's produce"),
		refused(othersRead, kerr.TopicAuthorizationFailed, "another's read"),
		refused(othersGroup, kerr.GroupAuthorizationFailed, "another's group"),
		refused(outOfRange, kerr.OffsetOutOfRange, "an offset out of range"),
		resetErr,
		refused(produce(ctx, contract.Us, large, kgo.ProducerBatchMaxBytes(5_000_000),
			kgo.ProducerBatchCompression(kgo.NoCompression())), kerr.MessageTooLarge, "too large a message"),
		refused(wrong, kerr.SaslAuthenticationFailed, "a wrong password"))
}

var features = []contract.Feature{
	{Name: "connect", Run: connect}, {Name: "admin", Run: admin}, {Name: "configs", Run: configs},
	{Name: "none", Run: codec("none", kgo.NoCompression())}, {Name: "gzip", Run: codec("gzip", kgo.GzipCompression())},
	{Name: "snappy", Run: codec("snappy", kgo.SnappyCompression())},
	{Name: "lz4", Run: codec("lz4", kgo.Lz4Compression())}, {Name: "zstd", Run: codec("zstd", kgo.ZstdCompression())},
	{Name: "acks0", Run: acks("0", kgo.NoAck())}, {Name: "acks1", Run: acks("1", kgo.LeaderAck())},
	{Name: "acksall", Run: acks("all", kgo.AllISRAcks())},
	{Name: "offset", Run: offset}, {Name: "timestamp", Run: timestamp}, {Name: "headers", Run: headers}, {Name: "tombstone", Run: tombstone},
	{Name: "group", Run: group}, {Name: "errors", Run: wrongs},
}

func main() {
	contract.Report("github.com/twmb/franz-go", features)
}
