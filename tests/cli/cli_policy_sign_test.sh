#!/bin/sh
# schloss policy keygen, sign and verify against minisign itself, and import and export.
#     cli_policy_sign_test.sh SCHLOSS
# Ends with 125 where minisign is not installed.
set -u
schloss=$1
command -v minisign >/dev/null || exit 125
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
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
    check "exit code of $*: $(head -c 400 "$dir/err")" "$code" $?
}

says() { # text that stdout or stderr of the last command holds
    grep -qF -- "$1" "$dir/out" "$dir/err" || check "output" "$1" "$(cat "$dir/out" "$dir/err")"
}

mkdir -m 700 "$dir/policy" "$dir/policy/teams" "$dir/keys" "$dir/secret"
cat >"$dir/policy/main.policy" <<END
policy 1 cluster "pay" serial 7
include "teams/a.policy" scope topic a.*
END
echo 'allow alice to read topic a.x' >"$dir/policy/teams/a.policy"
manifest=$dir/policy/policy.manifest

# A key of ours, read by minisign: it verifies what we signed, and signs what we verify.
exits 0 "$schloss" policy keygen anna --dir "$dir/secret"
check "mode of a secret key" 600 "$(stat -c %a "$dir/secret/anna.key")"
cp "$dir/secret/anna.pub" "$dir/keys"
exits 0 "$schloss" policy sign -k "$dir/secret/anna.key" "$dir/policy"
exits 0 minisign -V -p "$dir/keys/anna.pub" -m "$manifest" -x "$manifest.anna.minisig"
exits 0 "$schloss" policy verify --keys "$dir/keys" "$dir/policy"
says "serial 7 of cluster pay, 2 files"
exits 1 "$schloss" policy verify --keys "$dir/keys" --required 2 "$dir/policy"
says "1 of 2 signatures that are asked for [POL082]"
rm "$manifest.anna.minisig"
exits 0 minisign -S -s "$dir/secret/anna.key" -m "$manifest" -x "$manifest.one.minisig"
exits 0 "$schloss" policy verify --keys "$dir/keys" "$dir/policy"

# Keys of minisign, both kinds of signature, and one that is made by our tool with its key.
for name in ben carla; do
    exits 0 minisign -G -W -p "$dir/keys/$name.pub" -s "$dir/secret/$name.key"
done
exits 0 minisign -S -l -s "$dir/secret/ben.key" -m "$manifest" -x "$manifest.legacy.minisig"
exits 0 "$schloss" policy sign -k "$dir/secret/carla.key" "$dir/policy"
exits 0 minisign -V -p "$dir/keys/carla.pub" -m "$manifest" -x "$manifest.carla.minisig"
exits 0 "$schloss" policy verify --keys "$dir/keys" --required 3 "$dir/policy"
says "3 different keys signed"

# A password: minisign's file read by us, ours by minisign.
printf 'correct horse\ncorrect horse\n' |
    minisign -G -p "$dir/keys/dora.pub" -s "$dir/secret/dora.key" >/dev/null 2>&1
check "minisign -G with a password" 0 $?
echo 'correct horse' | "$schloss" policy sign -k "$dir/secret/dora.key" "$dir/policy" >/dev/null
check "sign with a key of minisign and its password" 0 $?
echo 'wrong horse' | "$schloss" policy sign -k "$dir/secret/dora.key" "$dir/policy" 2>/dev/null
check "sign with another password" 1 $?
echo 'correct horse battery' |
    "$schloss" policy keygen emil --dir "$dir/secret" --passphrase >/dev/null
check "keygen with a password" 0 $?
cp "$dir/secret/emil.pub" "$dir/keys"
echo 'correct horse battery' |
    minisign -S -s "$dir/secret/emil.key" -m "$manifest" -x "$manifest.emil.minisig" >/dev/null 2>&1
check "minisign signs with a key of ours and its password" 0 $?
exits 0 "$schloss" policy verify --keys "$dir/keys" --required 5 "$dir/policy"

# What changed, what was added, what is worn out.
echo 'allow bob to read topic a.x' >>"$dir/policy/teams/a.policy"
exits 1 "$schloss" policy verify --keys "$dir/keys" "$dir/policy"
says "teams/a.policy:1:1: error: the file is not the one that was signed [POL081]"
exits 1 "$schloss" policy sign -k "$dir/secret/anna.key" "$dir/policy"
says "the same or a higher serial"
sed -i 's/serial 7/serial 8/' "$dir/policy/main.policy"
exits 0 "$schloss" policy sign -k "$dir/secret/anna.key" "$dir/policy"
exits 0 "$schloss" policy verify --keys "$dir/keys" "$dir/policy"
exits 1 "$schloss" policy verify --keys "$dir/keys" --required 2 "$dir/policy"
says "policy.manifest.legacy.minisig: not a signature of this manifest"
echo 'allow eve to read topic a.x' >"$dir/policy/teams/b.policy"
exits 1 "$schloss" policy verify --keys "$dir/keys" "$dir/policy"
says "teams/b.policy:1:1: error: the file is not in the manifest [POL081]"
echo 'allow eve to fly' >"$dir/policy/teams/a.policy"
exits 1 "$schloss" policy sign -k "$dir/secret/anna.key" "$dir/policy"
exits 2 "$schloss" policy sign "$dir/policy"

# Import and export.
cat >"$dir/list" <<'END'
Current ACLs for resource `ResourcePattern(resourceType=TOPIC, name=a, patternType=LITERAL)`: 
 	(principal=User:alice, host=*, operation=READ, permissionType=ALLOW)
END
exits 0 "$schloss" policy import "$dir/list"
check "a list imported" "$(printf 'policy 1\n\nallow alice to consume topic a')" "$(cat "$dir/out")"
cat "$dir/out" >"$dir/one.policy"
exits 0 "$schloss" policy check "$dir/one.policy"
exits 0 "$schloss" policy export --format kafka-acls "$dir/one.policy"
check "and exported" "$(cat "$dir/list")" "$(cat "$dir/out")"
echo 'x: allow bob to read topic a with mtls' >>"$dir/one.policy"
exits 5 "$schloss" policy export "$dir/one.policy"
says "it uses \`with\`"
exits 5 "$schloss" policy export --lossy "$dir/one.policy"
says "# not taken: x (one.policy:4)"
exits 2 "$schloss" policy export --format csv "$dir/one.policy"
echo nonsense >>"$dir/list"
exits 5 "$schloss" policy import "$dir/list"
says "# not taken: line 3: nonsense"
i=0
while [ $i -lt 10001 ]; do
    echo "Current ACLs for resource \`ResourcePattern(resourceType=TOPIC, name=t, patternType=LITERAL)\`: "
    echo " 	(principal=User:u$i, host=*, operation=READ, permissionType=ALLOW)"
    i=$((i + 1))
done >"$dir/list"
exits 5 "$schloss" policy import "$dir/list"
says "[POL09"
exits 1 "$schloss" policy import "$dir/secret/anna.key"
exit $failed
