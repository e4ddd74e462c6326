// login - sarama logs in once, produces a row, reads it back. See ../../README.md.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/IBM/sarama"
	"github.com/xdg-go/scram"
	"schloss.test/contract"
)

// client is what sarama wants for SCRAM, which it does not have of its own.
type client struct {
	*scram.ClientConversation
	hash scram.HashGeneratorFcn
}

func (c *client) Begin(user, password, authzID string) error {
	made, err := c.hash.NewClient(user, password, authzID)
	if err == nil {
		c.ClientConversation = made.NewConversation()
	}
	return err
}

type token string

func (t token) Token() (*sarama.AccessToken, error) {
	return &sarama.AccessToken{Token: string(t)}, nil
}

func config() *sarama.Config {
	c := sarama.NewConfig()
	c.Net.TLS.Enable = true
	c.Net.TLS.Config = contract.TLS()
	c.Metadata.Retry.Max = 0
	c.Producer.Return.Successes = true
	c.Producer.RequiredAcks = sarama.WaitForAll
	c.Producer.Partitioner = sarama.NewManualPartitioner
	if contract.IsByCertificate() {
		return c
	}
	hash := scram.SHA512
	c.Net.SASL.Enable = true
	name, realm, _ := strings.Cut(contract.Env("PRINCIPAL"), "@")
	c.Net.SASL.GSSAPI = sarama.GSSAPIConfig{
		AuthType: sarama.KRB5_KEYTAB_AUTH, KeyTabPath: contract.Env("KEYTAB"),
		KerberosConfigPath: os.Getenv("KRB5_CONFIG"), ServiceName: "kafka",
		Username: name, Realm: realm,
	}
	c.Net.SASL.User = contract.Us.Name
	c.Net.SASL.Password = contract.Us.Password
	c.Net.SASL.Mechanism = sarama.SASLMechanism(contract.Env("MECHANISM"))
	if c.Net.SASL.Mechanism == sarama.SASLTypeSCRAMSHA256 {
		hash = scram.SHA256
	}
	c.Net.SASL.SCRAMClientGeneratorFunc = func() sarama.SCRAMClient { return &client{hash: hash} }
	c.Net.SASL.TokenProvider = token(contract.Env("TOKEN"))
	return c
}

func produce(c sarama.Client, topic, row string) error {
	p, err := sarama.NewSyncProducerFromClient(c)
	if err != nil {
		return err
	}
	defer p.Close()
	_, _, err = p.SendMessage(&sarama.ProducerMessage{Topic: topic, Value: sarama.StringEncoder(row)})
	return err
}

func read(ctx context.Context, c sarama.Client, topic string) (string, error) {
	consumer, err := sarama.NewConsumerFromClient(c)
	if err != nil {
		return "", err
	}
	defer consumer.Close()
	partition, err := consumer.ConsumePartition(topic, 0, 0)
	if err != nil {
		return "", err
	}
	defer partition.Close()
	select {
	case m := <-partition.Messages():
		return string(m.Value), nil
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

func login(ctx context.Context, topic, row string) error {
	c, err := sarama.NewClient([]string{contract.Env("BOOTSTRAP")}, config())
	if err != nil {
		return err
	}
	defer c.Close()
	if err := produce(c, topic, row); err != nil {
		return err
	}
	found, err := read(ctx, c, topic)
	if err == nil && found != row {
		err = fmt.Errorf("the row is %q", found)
	}
	return err
}

func main() {
	contract.ReportLogin("github.com/IBM/sarama", login, func(err error) bool {
		return errors.Is(err, sarama.ErrSASLAuthenticationFailed)
	})
}
