#!/bin/sh
# examples/plugin builds by itself, strictly, and takes one header of ours.
# Usage: plugin_build_test.sh SOURCE_DIRECTORY CMAKE COMPILER
set -eu
home=$1
cmake=$2
compiler=$3
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
failed=0

complain() {
    echo "not ok: $*"
    failed=1
}

# Copies, so that nothing of the tree is reached by a relative path.
cp -R "$home/examples/plugin" "$folder/source"
mkdir -p "$folder/include/schloss"
cp "$home/include/schloss/auth_plugin.h" "$folder/include/schloss"

if "$cmake" -S "$folder/source" -B "$folder/without" >"$folder/said" 2>&1; then
    complain "it can be configured without the header"
fi
grep -q -- '-DSCHLOSS_INCLUDE=DIRECTORY' "$folder/said" || complain "it does not say what is missing"

"$cmake" -S "$folder/source" -B "$folder/build" -DSCHLOSS_INCLUDE="$folder/include" \
    -DCMAKE_C_COMPILER="$compiler" -DCMAKE_INSTALL_PREFIX="$folder/installed" \
    -DCMAKE_C_FLAGS="-Werror -Wconversion -Wshadow -Wcast-qual -Wstrict-prototypes"
"$cmake" --build "$folder/build"
"$cmake" --install "$folder/build"

plugin=$folder/installed/lib/schloss/x-token.so
[ -f "$folder/installed/lib/schloss/x-token.manifest" ] || complain "the manifest is not installed"
shown=$(nm -D --defined-only "$plugin" | awk '{ print $3 }' | tr '\n' ' ')
[ "$shown" = "schloss_auth_plugin_v1 " ] || complain "x-token.so shows '$shown'"
needed=$(objdump -p "$plugin" | awk '$1 == "NEEDED" { print $2 }' | sed 's/\.so.*//' | sort | tr '\n' ' ')
[ "$needed" = "libc libcrypto " ] || complain "x-token.so needs '$needed'"
lines=$(grep -cvE '^[[:space:]]*(/?\*.*)?$' "$home/examples/plugin/x_token.c")
[ "$lines" -lt 200 ] || complain "x_token.c has $lines lines of code: an example is to be short"

[ "$failed" = 0 ] && echo "ok"
exit "$failed"
