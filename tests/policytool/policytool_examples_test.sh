#!/bin/sh
# Every policy that is given away loads, holds its own tests and is laid out; those for tools have
# tests for each of their rules, and nothing to warn of.
#     policytool_examples_test.sh SCHLOSS-POLICY POLICY_DIRECTORY
set -eu
program=$1
policies=$2
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
failed=0

complain() {
    echo "FAILED: $*"
    cat "$dir/out" "$dir/err"
    failed=1
}

run() {
    "$program" "$@" >"$dir/out" 2>"$dir/err"
}

# Files without a header are included by others, and are checked with them.
seen=0
for file in $(find "$policies" -name '*.policy' | sort); do
    run fmt -d "$file" || complain "$file is not laid out"
    grep -q '^policy 1' "$file" || continue
    seen=$((seen + 1))
    run check "$file" || complain "$file would not be loaded"
    case $file in
    */examples/tools/*)
        [ ! -s "$dir/err" ] || complain "$file is warned of"
        run test --coverage "$file" || complain "a test of $file fails"
        set -- $(sed -n 's/^\([0-9]*\) of \([0-9]*\) rules touched.*/\1 \2/p' "$dir/out")
        [ $# = 2 ] && [ "$2" -gt 0 ] && [ "$1" = "$2" ] || complain "$file has a rule without a test"
        ;;
    *) run test "$file" || complain "a test of $file fails" ;;
    esac
done
[ "$seen" -ge 9 ] || complain "only $seen policies were found"

# That the above would tell: a right more, and a rule more, in each of the tools' policies.
for file in "$policies"/examples/tools/*.policy; do
    cp "$file" "$dir/more.policy"
    echo 'deny nobody to all cluster' >>"$dir/more.policy"
    run test --coverage "$dir/more.policy" || complain "a deny breaks the tests of $file"
    ! grep -q '^\([0-9]*\) of \1 rules touched' "$dir/out" || complain "no rule too many in $file"
    cp "$file" "$dir/more.policy"
    echo 'allow any to all topic * group * txn * cluster' >>"$dir/more.policy"
    ! run test "$dir/more.policy" || complain "the tests of $file do not keep rights small"
done
exit "$failed"
