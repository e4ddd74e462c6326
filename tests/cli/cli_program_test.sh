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
check "users" "alice m=8,t=1,p=1 bob m=24576,t=3,p=1" "$(tr '\t\n' '  ' <"$dir/out" | sed 's/ $//')"
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
