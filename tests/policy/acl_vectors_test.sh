#!/bin/sh
# A file that lacks something is named with its fault, by exit status 3.
# usage: acl_vectors_test.sh ACL-VECTORS VECTORS
vectors=$2
program=$1
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
failed=0

# refused TEXT: the file $dir/file is, and TEXT is said.
refused() {
    "$program" "$dir/file" >"$dir/out" 2>"$dir/err"
    status=$?
    if [ $status -ne 3 ] || ! grep -qF "$1" "$dir/err"; then
        echo "FAILED: wanted 3 and '$1', got $status"
        cat "$dir/out" "$dir/err"
        failed=1
    fi
}

sed 's/"enums"/"no enums"/' "$vectors" >"$dir/file"
refused 'authorize[0]: resource_type: the section enums has no code for its word'
sed 's/"TOPIC": 2/"TOPIC": 99/' "$vectors" >"$dir/file"
refused 'authorize[0]: resource_type: has a code that means nothing here'
sed 's/"principal": "User:kim"/"principal": 7/' "$vectors" >"$dir/file"
refused 'authorize[0]: principal: is missing, or no text'
sed 's/"filter": {/"filters": {/' "$vectors" >"$dir/file"
refused 'filters[0]: it: is no object'
echo '[]' >"$dir/file"
refused 'not an object'
echo '{' >"$dir/file"
refused 'near end of file'
exit $failed
