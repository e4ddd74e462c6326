#!/bin/sh
# schloss-policy builds by itself, and says the same of the payments example.
#     policytool_checker_test.sh SOURCE_DIRECTORY
set -eu
source=$1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cmake -S "$source/policy/checker" -B "$dir/build" -DSCHLOSS_WERROR=ON >"$dir/log" 2>&1 &&
    cmake --build "$dir/build" --parallel 2 >>"$dir/log" 2>&1 || {
    cat "$dir/log"
    exit 1
}
program=$dir/build/bin/schloss-policy
cd "$source/policy/examples/payments"
"$program" check main.policy 2>/dev/null | diff -u "$source/tests/policytool/golden/check" -
found=$(objdump -p "$program" | awk '$1 == "NEEDED" { print $2 }' | sed 's/\.so.*//' |
    grep -v -e '^libc$' -e '^ld-linux' | tr '\n' ' ')
[ "$found" = "libsodium " ] || {
    echo "FAILED: it needs $found"
    exit 1
}
