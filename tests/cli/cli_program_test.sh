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
seq 1 1000 | "$schloss" produce letters $target
check "produce" 0 $?
check "consume" "$(seq 1 1000)" "$("$schloss" consume letters $target --from-beginning -n 1000 | sort -n)"
printf 'k:v\nno key\n' | "$schloss" produce letters $target --key-separator : 2>"$dir/err"
check "a line without its separator" 5 $?
exits 0 "$schloss" consume letters $target --group g --from-beginning -n 600
check "as a member of a group" 600 "$(wc -l <"$dir/out")"
exits 75 "$schloss" consume letters $target -n 1 --timeout 1
exit $failed
