// login - franz-go logs in once, produces a row, reads it back. See ../../README.md.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	krb "github.com/jcmturner/gokrb5/v8/client"
	"github.com/jcmturner/gokrb5/v8/config"
	"github.com/jcmturner/gokrb5/v8/keytab"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/kerberos"
	"github.com/twmb/franz-go/pkg/sasl/oauth"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"
	"schloss.test/contract"
)

func mechanism() (sasl.Mechanism, error) {
	who := scram.Auth{User: contract.Us.Name, Pass: contract.Us.Password}
	switch m := contract.Env("MECHANISM"); m {
	case "PLAIN":
		return plain.Auth{User: who.User, Pass: who.Pass}.AsMechanism(), nil
	case "SCRAM-SHA-256":
		return who.AsSha256Mechanism(), nil
	case "SCRAM-SHA-512":
		return who.AsSha512Mechanism(), nil
	case "OAUTHBEARER":
		return oauth.Auth{Token: contract.Env("TOKEN")}.AsMechanism(), nil
	case "GSSAPI":
		return ticket()
	default:
		return nil, contract.Absent("no such mechanism: " + m)
	}
}

func ticket() (sasl.Mechanism, error) {
	conf, err := config.Load(os.Getenv("KRB5_CONFIG"))
	if err != nil {
		return nil, err
	}
	keys, err := keytab.Load(contract.Env("KEYTAB"))
	if err != nil {
		return nil, err
	}
	name, realm, _ := strings.Cut(contract.Env("PRINCIPAL"), "@")
	c := krb.NewWithKeytab(name, realm, keys, conf, krb.DisablePAFXFAST(true))
	return kerberos.Auth{Client: c, Service: "kafka"}.AsMechanism(), nil
}

func client(topic string) (*kgo.Client, error) {
	opts := []kgo.Opt{
		kgo.SeedBrokers(contract.Env("BOOTSTRAP")),
		kgo.DialTLSConfig(contract.TLS()),
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: {0: kgo.NewOffset().At(0)}}),
	}
	if !contract.IsByCertificate() {
		m, err := mechanism()
		if err != nil {
			return nil, err
		}
		opts = append(opts, kgo.SASL(m))
	}
	return kgo.NewClient(opts...)
}

func login(ctx context.Context, topic, row string) error {
	c, err := client(topic)
	if err != nil {
		return err
	}
	defer c.Close()
	if err := c.Ping(ctx); err != nil {
		return err
	}
	if err := c.ProduceSync(ctx, &kgo.Record{Topic: topic, Value: []byte(row)}).FirstErr(); err != nil {
		return err
	}
	fetches := c.PollRecords(ctx, 1)
	if err := fetches.Err(); err != nil {
		return err
	}
	if found := string(fetches.Records()[0].Value); found != row {
		return fmt.Errorf("the row is %q", found)
	}
	return nil
}

func main() {
	contract.ReportLogin("github.com/twmb/franz-go", login, func(err error) bool {
		return errors.Is(err, kerr.SaslAuthenticationFailed)
	})
}
