#!/bin/sh
# The program itself: users, errors and exit codes; records through a mock cluster.
#     cli_program_test.sh SCHLOSS MOCK_CLUSTER
set -u
schloss=$1
mock=$2
if [ -z "${MOCK_BOOTSTRAP:-}" ]; then
    exec timeout 150 "$mock" "$0" "$schloss" "$mock"
fi
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
unset SCHLOSS_CONFIG
failed=0

check() { # what, expected, got
    if [ "$2" != "$3" ]; then
        echo "FAILED: $1: expected '$2', got '$3'"
        failed=1
    fi
}

exits() { # expected code, command...
    code=$1
    shift
    "$@" >"$dir/out" 2>"$dir/err" </dev/null
    check "exit code of $*" "$code" $?
}

users=$dir/users
exits 0 "$schloss" user add alice --generate --file "$users"
check "mode of the password file" 600 "$(stat -c %a "$users")"
secret=$(tail -1 "$dir/out" | cut -f 3)
check "length of a secret" 43 "${#secret}"
check "no secret in the file" 0 "$(grep -c -- "$secret" "$users")"
exits 1 "$schloss" user add alice --generate --file "$users"
exits 2 "$schloss" user add 'a:b' --generate --file "$users"
exits 2 "$schloss" user add bob --file "$users" # an empty stdin
echo 'correct horse' | "$schloss" user add bob --file "$users" >/dev/null
check "password from stdin" 0 $?
exits 0 "$schloss" user list --file "$users" --no-header
check "users" "alice m=8,t=1,p=1 bob m=24576,t=3,p=1" "$(cut -f 1,2 "$dir/out" | tr '\t\n' '  ' | sed 's/ $//')"
shown() { # user: its row, the empty cells as dots
    "$schloss" user show "$1" --file "$users" --no-header | sed 's/\t\t/\t.\t/g; s/\t$/\t./' | tr '\t' ' '
}
check "a user" "bob m=24576,t=3,p=1 active . 1 ." "$(shown bob)"

# the administrator's socket is not there, nobody listens on it, or nothing is named
exits 3 "$schloss" status --admin-socket "$dir/none"
grep -q "there is no socket $dir/none" "$dir/err" || check "why" "no socket" "$(cat "$dir/err")"
exits 3 env SCHLOSS_ADMIN_SOCKET="$dir/set" "$schloss" session list
grep -q "there is no socket $dir/set" "$dir/err" || check "why" "no socket" "$(cat "$dir/err")"
exits 3 "$schloss" reload --admin-socket "$users"
grep -q "nobody listens on the socket $users" "$dir/err" || check "why" "nobody" "$(cat "$dir/err")"
exits 2 "$schloss" status --admin-socket "$(printf '/%0107d' 0)"
exits 2 "$schloss" session kill --admin-socket "$dir/none"
exits 2 "$schloss" session kill 7 --principal alice --admin-socket "$dir/none"
exits 2 "$schloss" session kill --principal alice --admin-socket "$dir/none"

# rules of other tools: what can not be read is no policy
exits 1 "$schloss" policy import "$dir/none"
echo '<html>' >"$dir/page"
exits 1 "$schloss" policy import "$dir/page"
check "no policy of what is unknown" "" "$(cat "$dir/out")"

# a chosen password has 12 characters, unless one asks for less
chosen() { # status, password, argument...
    status=$1 password=$2
    shift 2
    printf '%s\n' "$password" | "$schloss" user "$@" --file "$users" >"$dir/out" 2>"$dir/err"
    check "status of user $* with '$password'" "$status" $?
}
chosen 2 elevenchars add carol
grep -q "at least 12 characters" "$dir/err" || check "why" "at least 12" "$(cat "$dir/err")"
chosen 2 'ääääääääää1' add carol # 21 bytes
chosen 0 twelve-chars add carol
chosen 0 elevenchars passwd carol --min-length 11
chosen 2 elevenchars passwd carol --min-length 7
chosen 2 sevench passwd carol --min-length 8
chosen 2 twelve-chars passwd carol --min-length 13

# two passwords while clients change over
others=$(grep -v '^carol:' "$users")
old=$(sed -n 's/^carol:\(.*\)/\1/p' "$users")
chosen 0 'the second one' set-password carol --keep-old
check "the old hash stays behind the new one" "$old" "$(sed -n 's/^carol:[^:]*:\(.*\)/\1/p' "$users")"
check "passwords of carol" 2 "$(shown carol | cut -d ' ' -f 5)"
second=$(sed -n 's/^carol:\([^:]*\):.*/\1/p' "$users")
chosen 0 'and the third one' set-password carol --keep-old
check "the oldest is gone" "$second" "$(sed -n 's/^carol:[^:]*:\(.*\)/\1/p' "$users")"
exits 2 "$schloss" user set-password carol --drop-old --keep-old --file "$users"
exits 2 "$schloss" user set-password carol --drop-old --generate --file "$users"
exits 0 "$schloss" user set-password carol --drop-old --file "$users"
check "passwords of carol after the drop" 1 "$(shown carol | cut -d ' ' -f 5)"
exits 1 "$schloss" user set-password carol --drop-old --file "$users"
exits 1 "$schloss" user set-password nobody --drop-old --file "$users"
exits 0 "$schloss" user set-password carol --keep-old --generate --file "$users"
chosen 0 'only this one' set-password carol
check "a change without --keep-old" 1 "$(shown carol | cut -d ' ' -f 5)"

# expiry, groups, disabled
exits 0 "$schloss" user add dave --generate --expires 2999-12-31T23:59:59Z --group ops --group 'night, shift' --file "$users"
check "dave" "dave m=8,t=1,p=1 active 2999-12-31T23:59:59Z 1 ops:night, shift" "$(shown dave)"
exits 2 "$schloss" user set dave --file "$users"
exits 2 "$schloss" user set dave --expires tomorrow --file "$users"
exits 2 "$schloss" user set dave --expires 2001-01-01T00:00:00Z --file "$users"
exits 2 "$schloss" user set dave --group a:b --file "$users"
exits 2 "$schloss" user set dave --group a --no-group a --file "$users"
exits 1 "$schloss" user set nobody --group a --file "$users"
exits 0 "$schloss" user set dave --no-group ops --no-group none --group ops2 --group ops2 --expires never --file "$users"
check "dave after set" "dave m=8,t=1,p=1 active . 1 night, shift:ops2" "$(shown dave)"
exits 0 "$schloss" user disable dave --file "$users"
exits 0 "$schloss" user disable dave --file "$users"
check "dave disabled" disabled "$(shown dave | cut -d ' ' -f 3)"
exits 0 "$schloss" user show dave bob -o json --file "$users"
check "json" '[{"user": "dave", "cost": "m=8,t=1,p=1", "state": "disabled", "expires": null, "passwords": 1, "groups": ["night, shift", "ops2"]}, {"user": "bob", "cost": "m=24576,t=3,p=1", "state": "active", "expires": null, "passwords": 1, "groups": []}]' \
    "$(tr -d '\n' <"$dir/out" | sed 's/\[  {/[{/; s/},  {/}, {/g; s/}\]/}]/')"
exits 0 "$schloss" user list -o json --file "$users"
check "no hash in the list" 0 "$(grep -c argon2id "$dir/out")"
exits 0 "$schloss" user enable dave --file "$users"
check "dave enabled" active "$(shown dave | cut -d ' ' -f 3)"
exits 1 "$schloss" user disable nobody --file "$users"
exits 1 "$schloss" user show nobody --file "$users"
sed -i 's/^dave:.*/&:expires=2001-01-01T00:00:00Z/; s/^\(dave:[^:]*\).*/\1:expires=2001-01-01T00:00:00Z/' "$users"
check "dave expired" "expired 2001-01-01T00:00:00Z" "$(shown dave | cut -d ' ' -f 3,4)"
exits 0 "$schloss" user remove dave --file "$users"

# the same password by SCRAM
scram="$dir/scram"
exits 0 "$schloss" user add erin --generate --file "$users" --scram-file "$scram"
check "credentials of erin" "SCRAM-SHA-256 SCRAM-SHA-512" \
    "$(grep '^erin:' "$scram" | cut -d: -f2 | cut -d'$' -f1 | sort | tr '\n' ' ' | sed 's/ $//')"
before=$(cat "$scram")
exits 0 "$schloss" user set-password erin --generate --file "$users" --scram-file "$scram"
check "other credentials" changed "$([ "$before" = "$(cat "$scram")" ] || echo changed)"
exits 0 "$schloss" user remove erin --file "$users" --scram-file "$scram"
check "no credentials" 0 "$(grep -c '^erin:' "$scram")"
exits 0 "$schloss" user remove carol --file "$users"
check "the other lines" "$others" "$(cat "$users")"

exits 0 "$schloss" user del alice --file "$users"
exits 1 "$schloss" user del alice --file "$users"
echo broken >>"$users"
exits 1 "$schloss" user list --file "$users"
grep -q ":2:1: error: .*\[USR003\]" "$dir/err" || check "place of the error" USR003 "$(cat "$dir/err")"

# certificates: a CA whose key is encrypted, what it signs, what it takes back
ca="$dir/ca"
printf 'short\n' | "$schloss" cert create-ca --dir "$ca" --passphrase >/dev/null 2>&1
check "a passphrase that is too short" 2 $?
printf 'a long passphrase\n' | "$schloss" cert create-ca --dir "$ca" --passphrase >/dev/null
check "a CA with a passphrase" 0 $?
check "mode of its key" 600 "$(stat -c %a "$ca/ca.key")"
grep -q "BEGIN ENCRYPTED PRIVATE KEY" "$ca/ca.key" || check "its key" encrypted "$(head -1 "$ca/ca.key")"
out="$dir/out.d"
by_ca() { # status, argument... with the passphrase
    status=$1
    shift
    printf 'a long passphrase\n' | "$schloss" cert "$@" --ca "$ca" >"$dir/out" 2>"$dir/err"
    check "status of cert $*" "$status" $?
}
by_ca 0 issue broker --server --san dns:localhost,ip:127.0.0.1 --dir "$out"
check "mode of a key" 600 "$(stat -c %a "$out/broker.key")"
check "mode of a folder" 700 "$(stat -c %a "$out")"
by_ca 1 issue broker --server --san dns:localhost --dir "$out"
by_ca 0 issue broker --server --san dns:localhost --dir "$out" --force
by_ca 2 issue broker --server --dir "$out"
by_ca 2 issue other --dir "$out"
by_ca 2 issue a/b --client --dir "$out"
by_ca 2 issue other --client --days 398 --dir "$out"
by_ca 2 issue other --client --san dns:* --dir "$out"
by_ca 2 issue other --client --key-type rsa-1024 --dir "$out"
printf 'another passphrase\n' | "$schloss" cert issue other --client --ca "$ca" --dir "$out" >/dev/null 2>&1
check "a wrong passphrase" 1 $?
exits 1 "$schloss" cert issue other --client --ca "$dir/none" --dir "$out"
exits 1 "$schloss" cert create-ca --dir "$ca"
exits 1 "$schloss" cert issue other --client --ca "$ca" --dir /tmp # others may write there
exits 0 "$schloss" cert show "$out/broker.pem" -o json
grep -q '"subject": "CN=broker", "names": "dns:localhost", "issuer": "CN=Schloss CA"' "$dir/out" ||
    check "what it says" CN=broker "$(cat "$dir/out")"
exits 1 "$schloss" cert show "$out/broker.key"
exits 0 "$schloss" cert check "$out/broker.pem" --key "$out/broker.key" --ca "$ca/ca.pem" --server
exits 1 "$schloss" cert check "$out/broker.pem" --key "$out/broker.key" --client
chmod 640 "$out/broker.key"
exits 1 "$schloss" cert check "$out/broker.pem" --key "$out/broker.key" --no-header
check "the check that fails" permissions "$(grep FAILED "$dir/out" | cut -f 1)"
by_ca 0 revoke "$out/broker.pem" --no-header
check "number and length of the list" "2 1" "$(cut -f 2,4 "$dir/out" | tr '\t' ' ')"
by_ca 1 revoke "$out/broker.pem"
by_ca 1 revoke "$ca/none.pem"
by_ca 1 revoke 0a:1b
by_ca 0 revoke 0a:1b --yes
by_ca 0 crl --days 7 --no-header
check "the list goes on" "4 2" "$(cut -f 2,4 "$dir/out" | tr '\t' ' ')"
openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=boss \
    -keyout "$dir/own.key" -out "$dir/own.csr" 2>/dev/null
by_ca 1 sign "$dir/own.csr" --client --dir "$out"
grep -q "calls itself CN=boss" "$dir/err" || check "the name in a request" CN=boss "$(cat "$dir/err")"
by_ca 0 sign "$dir/own.csr" --client --dir "$out" --cn hilda --no-header
check "the name that counts" CN=hilda "$(cut -f 3 "$dir/out")"
by_ca 1 sign "$dir/own.csr" --client --dir "$out" --yes # it is there
rm "$out/own.pem"
by_ca 0 sign "$dir/own.csr" --client --dir "$out" --yes --no-header
check "the name that was let pass" CN=boss "$(cut -f 3 "$dir/out")"
rm "$out/own.pem"
unit=$(printf 'u%.0s' $(seq 60))
openssl req -new -key "$dir/own.key" -out "$dir/own.csr" \
    -subj "/O=$unit/OU=$unit/OU=$unit/OU=$unit/OU=$unit/OU=$unit/OU=$unit/CN=boss" 2>/dev/null
by_ca 1 sign "$dir/own.csr" --client --dir "$out" --yes # the end of it would not be seen
grep -q "too long to be looked at" "$dir/err" || check "a name that is cut" "too long" "$(cat "$dir/err")"
by_ca 0 sign "$dir/own.csr" --client --dir "$out" --cn hilda --yes --no-header
check "the name beside a long one" CN=hilda "$(cut -f 3 "$dir/out")"
by_ca 1 sign "$out/broker.pem" --client --cn hilda --dir "$out"
chmod 770 "$ca"
by_ca 1 issue late --client --dir "$out"
chmod 700 "$ca"
rm "$ca/crl.pem"
by_ca 1 crl
by_ca 1 revoke "$out/own.pem" --yes
by_ca 0 crl --yes
by_ca 0 revoke "$out/own.pem"
rules='RULE:^CN=([a-z]+),O=x$/$1@x/U,DEFAULT'
exits 0 "$schloss" cert rules --rule "$rules" CN=ann,O=x --no-header
check "what rules make of a name" User:ANN@X "$(cut -f 2 "$dir/out")"
exits 1 "$schloss" cert rules --rule 'RULE:^CN=b$/c/' CN=ann
exits 1 "$schloss" cert rules --rule 'RULE:^.*$/ANONYMOUS/' CN=ann
exits 2 "$schloss" cert rules --rule 'RULE:(' CN=ann

# files of clients
handed=$dir/handed
exits 0 "$schloss" user add bob --generate --file "$handed"
files() { # status, argument...
    status=$1
    shift
    printf 'a long passphrase\n' | "$schloss" user "$@" >"$dir/out" 2>"$dir/err"
    check "status of user $*" "$status" $?
}
for_ann="client-files ann $dir/ann --ca $ca/ca.pem --ca-dir $ca"
files 0 $for_ann --bootstrap '[::1]:9093,b.example:9093'
check "its files" "ca.pem client.key client.pem client.properties librdkafka.conf" \
    "$(ls "$dir/ann" | tr '\n' ' ' | sed 's/ $//')"
check "modes of its files" 600 "$(stat -c %a "$dir/ann"/* | sort -u)"
check "no SASL" 0 "$(grep -c -i sasl "$dir/ann/librdkafka.conf")"
files 1 $for_ann --bootstrap b.example:9093
files 0 $for_ann --bootstrap b.example:9093 --yes
files 2 $for_ann --bootstrap b.example --yes
files 2 $for_ann --bootstrap b.example:0 --yes
files 2 client-files ann "$dir/ann" --bootstrap b.example:9093 --ca "$ca/ca.pem" --yes
exits 2 "$schloss" user add gina --generate --file "$handed" --ca "$ca/ca.pem"
exits 2 "$schloss" user set-password bob --drop-old --file "$handed" --yes
exits 2 "$schloss" user add gina --generate --file "$handed" --write-client-files "$dir/gina" \
    --bootstrap b:1 --ca "$ca/ca.pem" --mechanism SCRAM-SHA-512
exits 2 "$schloss" user add gina --generate --file "$handed" --write-client-files "$dir/gina" \
    --bootstrap b:1 --ca "$ca/ca.pem" --client-cert
check "no such user" 0 "$(grep -c '^gina:' "$handed")"
cat "$out/broker.pem" "$out/broker.key" >"$dir/both"
exits 0 "$schloss" user add gina --generate --file "$handed" --write-client-files "$dir/gina" \
    --bootstrap b:1 --ca "$dir/both"
check "no key is handed over" 0 "$(cat "$dir/gina"/* | grep -c 'PRIVATE KEY')"

# whose word counts
cat >"$dir/schloss.properties" <<END
node.id=1
listeners=IN://127.0.0.1:1,OUT://127.0.0.1:2
listener.security.protocol.map=IN:SSL,OUT:SASL_SSL
sasl.enabled.mechanisms=SCRAM-SHA-512,PLAIN
ssl.client.auth=required
ssl.certificate.location=$out/broker.pem
ssl.key.location=$out/broker.key
ssl.truststore.location=$ca/ca.pem
schloss.users.file=$users
schloss.scram.file=$scram
schloss.auth.scope.scram=User:job-*;!User:job-0
listener.name.IN.schloss.auth.scope.x509=User:boss
policy.file=$dir/policy
audit.dir=$dir/audit
log.dirs=$dir/data
END
exits 0 "$schloss" auth scope --file "$dir/schloss.properties" --no-header
check "who may say who somebody is" "IN SSL X509 x509 User:boss everybody
OUT SASL_SSL SCRAM-SHA-512 scram User:job-*;!User:job-0 everybody
OUT SASL_SSL PLAIN password everybody everybody
OUT SASL_SSL X509 x509 nobody everybody" "$(tr '\t' ' ' <"$dir/out")"
exits 0 "$schloss" auth scope --file "$dir/schloss.properties" --no-header --principal User:job-1
check "who may name job-1" "SCRAM-SHA-512 PLAIN" "$(cut -f 3 "$dir/out" | tr '\n' ' ' | sed 's/ $//')"
exits 0 "$schloss" auth scope --file "$dir/schloss.properties" --no-header --principal User:boss
check "who may name boss" "X509 PLAIN" "$(cut -f 3 "$dir/out" | tr '\n' ' ' | sed 's/ $//')"
mkdir "$dir/conf.d"
echo 'schloss.auth.scope.password=User:ann' >"$dir/conf.d/a.properties"
exits 1 "$schloss" auth scope --file "$dir/schloss.properties" --principal User:other
exits 2 "$schloss" auth scope --file "$dir/schloss.properties" --principal other
exits 2 "$schloss" auth scope --file "$dir/none"
echo 'no.such.key=1' >>"$dir/schloss.properties"
exits 2 "$schloss" auth scope --file "$dir/schloss.properties"
exits 1 "$schloss" auth test --bootstrap 127.0.0.1:1
grep -q "^not reached" "$dir/out" || check "the sentence" "not reached" "$(cat "$dir/out")"

exits 2 "$schloss" topic list -X sasl.password=x
exits 2 "$schloss" topic list --no-such-option
exits 2 "$schloss" topic delete letters --bootstrap "$MOCK_BOOTSTRAP"
exits 3 "$schloss" topic list --bootstrap 127.0.0.1:1
grep -q "127.0.0.1:1, from --bootstrap" "$dir/err" || check "target in the error" named "$(cat "$dir/err")"
printf 'bootstrap.servers=%s\n' "$MOCK_BOOTSTRAP" >"$dir/client"
exits 0 env SCHLOSS_CONFIG="$dir/client" "$schloss" topic list -o tsv --no-header
check "topic list" "letters	3" "$(cat "$dir/out")"
printf 'a=b\n' >"$dir/client"
exits 2 "$schloss" topic list --config "$dir/client"

target="--bootstrap $MOCK_BOOTSTRAP"
exits 0 "$schloss" auth test $target
grep -q "^let in without a login" "$dir/out" || check "the sentence" "let in" "$(cat "$dir/out")"
seq 1 1000 | "$schloss" produce letters $target
check "produce" 0 $?
check "consume" "$(seq 1 1000)" "$("$schloss" consume letters $target --from-beginning -n 1000 | sort -n)"
printf 'k:v\nno key\n' | "$schloss" produce letters $target --key-separator : 2>"$dir/err"
check "a line without its separator" 5 $?
exits 0 "$schloss" consume letters $target --group g --from-beginning -n 600
check "as a member of a group" 600 "$(wc -l <"$dir/out")"
exits 75 "$schloss" consume letters $target -n 1 --timeout 1
exit $failed
