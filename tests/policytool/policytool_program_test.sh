#!/bin/bash
# What the verbs print for the payments example, by both programs.
#     policytool_program_test.sh SCHLOSS SCHLOSS_POLICY SOURCE_DIRECTORY [write]
# With `write` the expected outputs are written instead of compared.
set -u
schloss=$1
small=$2
source=$3
mode=${4-}
golden=$source/tests/policytool/golden
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
failed=0
cp -r "$source/policy/examples/payments" "$dir/payments"
cd "$dir/payments" || exit 1

complain() {
    echo "FAILED: $*"
    failed=1
}

# golden NAME STATUS ARGUMENT...: stdout is the file NAME, by either program.
golden() {
    local name=$1 status=$2 program
    shift 2
    for program in "$schloss policy" "$small"; do
        $program "$@" >"$dir/out" 2>"$dir/err" </dev/null
        local got=$?
        [ $got = "$status" ] || complain "$program $*: exit $got, not $status: $(head -3 "$dir/err")"
        if [ "$mode" = write ]; then
            cp "$dir/out" "$golden/$name"
        elif ! diff -u "$golden/$name" "$dir/out"; then
            complain "$program $*: another output"
        fi
    done
}

# says TEXT STATUS ARGUMENT...: stderr has that text, by either program.
says() {
    local text=$1 status=$2 program
    shift 2
    for program in "$schloss policy" "$small"; do
        $program "$@" >"$dir/out" 2>"$dir/err" </dev/null
        local got=$?
        [ $got = "$status" ] || complain "$program $*: exit $got, not $status"
        grep -q -F -- "$text" "$dir/err" || complain "$program $*: no '$text' in: $(cat "$dir/err")"
    done
}

golden check 0 check main.policy
golden explain_write 1 explain svc-settle write topic payments.authorised.v1 from=10.20.4.7 \
    at=2026-11-20 --file main.policy
golden explain_outside 1 explain svc-vault read topic pci.pan.v1 from=192.0.2.9 at=2026-11-20 \
    --file main.policy
golden explain_method 1 explain User:svc-vault read topic pci.pan.v1 from=10.20.4.7 with=scram512 \
    at=2026-11-20 --file main.policy
golden explain_expired 1 explain dev-emil read topic settlement.batches.v1 from=10.99.0.10 with=gssapi \
    at=2026-11-22 --file main.policy
golden explain_allowed 0 explain dev-emil read topic settlement.batches.v1 from=10.99.0.10 with=gssapi \
    at=2026-11-21 --file main.policy
golden explain_json 1 explain svc-settle write topic payments.authorised.v1 from=10.20.4.7 \
    at=2026-11-20 --file main.policy -o json
golden who 0 who read topic payments.authorised.v1 --file main.policy
golden who_json 0 who describe cluster --file main.policy -o json
golden who_nobody 0 who delete topic ledger.entries.v1 --file main.policy
golden can 0 can svc-settle --file main.policy
golden test 0 test main.policy --coverage
golden test_regex 0 test main.policy -r 'card data'
says "no test has such a name" 1 test main.policy -r 'no such'
says "not an extended regular expression" 2 test main.policy -r '('

# a decision that stands in the audit trail; more words win over it
mkdir "$dir/trail"
cat >"$dir/trail/audit.log" <<'END'
{"time":"2026-11-20T09:59:58.123Z","seq":1,"source":"broker","event":"denied","outcome":"denied","principal":"User:other","address":"10.20.4.8","listener":"IN","mechanism":"PLAIN","operation":"read","resource":"topic","name":"x","rule":"default","decision":"1a2b3c4d-1","hash":"00"}
{"time":"2026-11-20T09:59:59.123Z","seq":2,"source":"broker","event":"denied","outcome":"denied","principal":"User:svc-vault","address":"10.20.4.7","listener":"IN","mechanism":"SCRAM-SHA-512","operation":"read","resource":"topic","name":"pci.pan.v1","rule":"default","decision":"1a2b3c4d-2","hash":"00"}
END
explains() { # name, status, argument...
    local name=$1 status=$2
    shift 2
    "$schloss" policy explain "$@" --file main.policy >"$dir/out" 2>"$dir/err"
    local got=$?
    [ $got = "$status" ] || complain "explain $*: exit $got, not $status: $(cat "$dir/err")"
    [ "$mode" != write ] || cp "$dir/out" "$golden/$name"
    diff -u "$golden/$name" "$dir/out" || complain "explain $*: another output"
}
explains decision 1 --decision 1a2b3c4d-2 --audit "$dir/trail/audit.log"
explains decision_with 0 --decision 1a2b3c4d-2 --audit "$dir/trail" with=mtls
"$schloss" policy explain --decision 1a2b3c4d-3 --audit "$dir/trail" --file main.policy 2>"$dir/err"
[ $? = 1 ] || complain "a decision that is not there"
grep -q "the trail has no decision 1a2b3c4d-3" "$dir/err" || complain "$(cat "$dir/err")"
"$schloss" policy explain --audit "$dir/trail" a read topic t --file main.policy 2>"$dir/err"
[ $? = 2 ] || complain "--audit without --decision"

# a policy that differs in effect, in text alone, and not at all
cp -r ../payments ../other
golden diff_same 0 diff main.policy ../other/main.policy
sed -i 's/from @bastion with strong$/from @bastion/' ../other/main.policy
echo 'more: allow svc-recon to produce topic settlement.batches.* from @dc' >>../other/teams/settlement.policy
golden diff 1 diff main.policy ../other/main.policy
golden diff_json 1 diff main.policy ../other/main.policy -o json
says "can not be opened" 2 diff main.policy ../other/none.policy

# errors, in each form
mkdir ../wrong
printf 'policy 1\nallow svc-a to reed topic a\nallow svc-b to read topic "a\nx' >../wrong/main.policy
says "policy not loaded" 1 check ../wrong/main.policy
golden wrong_json 1 check ../wrong/main.policy -o json
golden wrong_sarif 1 check ../wrong/main.policy -o sarif
golden wrong_github 1 check ../wrong/main.policy -o github
says "-o takes text, json, sarif or github" 2 check main.policy -o yaml
says "policy not loaded" 1 explain a read topic t --file ../wrong/main.policy
says "unknown operation" 2 explain a reed topic t --file main.policy
printf 'policy 1\nallow a to read topic t\ntest "t" {\n    a cannot read topic t\n}\n' >../wrong/main.policy
says 'test failed: "t"' 1 check ../wrong/main.policy
says 'test failed: "t"' 1 test ../wrong/main.policy
golden wrong_test 1 test ../wrong/main.policy

# the layout: nothing to do for the examples; shown, written once, and then nothing to do again
for file in main.policy breakglass.policy teams/*.policy "$source"/policy/examples/*.policy \
    "$source/policy/default.policy"; do
    for program in "$schloss policy" "$small"; do
        $program fmt -d "$file" || complain "$file is not laid out"
    done
done
printf 'policy 1\nteam b={x,a}   # two\n\n\nnet abc ={ 10.0.0.1 }\n' >"$dir/fmt.policy"
chmod 640 "$dir/fmt.policy"
cp "$dir/fmt.policy" "$dir/before"
(cd "$dir" && golden fmt 1 fmt fmt.policy && golden fmt_diff 1 fmt -d fmt.policy) || failed=1
cmp -s "$dir/fmt.policy" "$dir/before" || complain "fmt without -w changed the file"
$small fmt - <"$dir/fmt.policy" >"$dir/stdin.policy"
ln -s fmt.policy "$dir/link.policy"
$schloss policy fmt -w "$dir/link.policy" >"$dir/out" || complain "fmt -w: exit $?"
[ "$(cat "$dir/out")" = "$dir/link.policy" ] || complain "fmt -w named $(cat "$dir/out")"
cmp -s "$dir/fmt.policy" "$dir/stdin.policy" || complain "stdin was laid out in another way"
[ -L "$dir/link.policy" ] || complain "fmt -w replaced a link"
[ "$(stat -c %a "$dir/fmt.policy")" = 640 ] || complain "fmt -w changed the mode"
$small fmt -w "$dir/fmt.policy" >"$dir/out" || complain "fmt -w again: exit $?"
[ ! -s "$dir/out" ] || complain "fmt -w wrote again"
[ "$(ls "$dir" | grep -c '^fmt.policy')" = 1 ] || complain "fmt -w left something behind"
says "stdin can not be written back" 2 fmt -w -
printf 'role r {\n' >"$dir/fmt.policy"
says "'{' is not closed" 1 fmt -w "$dir/fmt.policy"

# codes
$schloss explain-error pol050 >"$dir/one" || complain "explain-error: exit $?"
$small explain-error POL050 >"$dir/two" || complain "explain-error: exit $?"
cmp "$dir/one" "$dir/two" || failed=1
grep -q '^POL050  ' "$dir/one" || complain "explain-error said $(cat "$dir/one")"
for program in "$schloss" "$small"; do
    $program explain-error POL999 2>"$dir/err" && complain "a code that is none"
    grep -q "there is no error of that code: POL999" "$dir/err" || complain "$(cat "$dir/err")"
done
[ "$($small explain-error | grep -c '^POL')" -gt 20 ] || complain "not all codes"

# the example of the manual page is a policy, and laid out
sed -n '/^policy 1 cluster/,/^}/p' "$source/man/schloss.policy.5" >"$dir/manual.policy"
$small check "$dir/manual.policy" >"$dir/out" 2>&1 || complain "the manual: $(cat "$dir/out")"
$small fmt -d "$dir/manual.policy" || complain "the manual is not laid out"

# the small program's own command line
"$small" >"$dir/out" 2>"$dir/err"
[ $? = 2 ] || complain "no verb"
"$small" --help >"$dir/help" || complain "--help"
for verb in check fmt explain who can diff test; do
    grep -q "^  $verb " "$dir/help" || complain "no help for $verb"
    "$schloss" policy --help | grep -q "^  policy $verb " || complain "schloss does not have $verb"
done
"$small" check -w main.policy 2>"$dir/err"
[ $? = 2 ] || complain "check took -w"
"$small" chekc 2>"$dir/err"
[ $? = 2 ] || complain "an unknown verb"
exit $failed
