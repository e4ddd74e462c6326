// Package contract is what each Go program here shares: settings, rows, a line per feature.
// The contract is in ../README.md.
package contract

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"time"
)

const (
	Rows          = 50
	TooLarge      = 2_000_000 // above the broker's message.max.bytes as it is by default
	WrongPassword = "this-is-not-the-password"
	featureTime   = 30 * time.Second
	loginTime     = 20 * time.Second
)

type User struct{ Name, Password string }

var (
	Us   = User{Env("USER"), Env("PASSWORD")}
	Them = User{Env("OTHER_USER"), Env("OTHER_PASSWORD")}
	// Wrong is us with another password.
	Wrong = User{Us.Name, WrongPassword}
)

func Env(name string) string { return os.Getenv("SCHLOSS_" + name) }

func TopicOf(feature string) string { return Env("PREFIX") + "-" + feature }

// TLS trusts the broker's authority alone, and shows our certificate where there is one.
func TLS() *tls.Config {
	pem, err := os.ReadFile(Env("CA"))
	if err != nil {
		panic(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	config := &tls.Config{RootCAs: roots}
	if IsByCertificate() {
		pair, err := tls.LoadX509KeyPair(Env("CERTIFICATE"), Env("KEY"))
		if err != nil {
			panic(err)
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return config
}

func IsByCertificate() bool { return Env("MECHANISM") == "X509" }

func Key(row int) []byte { return fmt.Appendf(nil, "key-%d", row) }

// Value is compressible, different for each row, and has every byte somewhere.
func Value(row int) []byte {
	v := []byte(strings.Repeat(fmt.Sprintf("row %d ", row), 5))
	for i := range 40 {
		v = append(v, byte(row*11+i))
	}
	return v
}

// CheckRow says what is wrong with a record that should be this row, which is its offset as well.
func CheckRow(row int, offset int64, key, value []byte) error {
	if offset != int64(row) || !bytes.Equal(key, Key(row)) || !bytes.Equal(value, Value(row)) {
		return fmt.Errorf("row %d is not what was sent: %q at offset %d", row, key, offset)
	}
	return nil
}

// Feature is done within a time, after which its context ends.
type Feature struct {
	Name string
	Run  func(context.Context) error
}

// Absent is what a feature returns that the client itself does not have.
type Absent string

func (a Absent) Error() string { return string(a) }

// version is that of the module as it was built in.
func version(path string) string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range info.Deps {
			if m.Path == path {
				return m.Version
			}
		}
	}
	return "unknown"
}

// Report runs the features, prints the version of the module and a line each, and ends.
func Report(module string, features []Feature) {
	fmt.Println("version", version(module))
	chosen := strings.FieldsFunc(Env("FEATURES"), func(r rune) bool { return r == ' ' || r == ',' })
	status := 0
	for _, f := range features {
		if len(chosen) > 0 && !slices.Contains(chosen, f.Name) {
			continue
		}
		ctx, cancel := context.WithTimeout(context.Background(), featureTime)
		err := f.Run(ctx)
		cancel()
		if _, ok := err.(Absent); ok {
			fmt.Println(f.Name, "absent", err)
		} else if err != nil {
			fmt.Println(f.Name, "failed", strings.Join(strings.Fields(err.Error()), " "))
			status = 1
		} else {
			fmt.Println(f.Name, "ok")
		}
	}
	os.Exit(status)
}

// ReportLogin has one row sent and read back, prints the version of the module and `login`, and ends.
func ReportLogin(module string, login func(ctx context.Context, topic, row string) error,
	isRefusal func(error) bool) {
	fmt.Println("version", version(module))
	ctx, cancel := context.WithTimeout(context.Background(), loginTime)
	defer cancel()
	err := login(ctx, Env("TOPIC"), Env("ROW"))
	var alert tls.AlertError
	outcome := "failed"
	switch {
	case err == nil:
		fmt.Println("login ok")
		return
	case isRefusal(err) || errors.As(err, &alert):
		outcome = "refused"
	}
	if _, ok := err.(Absent); ok {
		outcome = "absent"
	}
	fmt.Println("login", outcome, strings.Join(strings.Fields(err.Error()), " "))
}
