#!/bin/sh
# What each program is linked with tells what it can do. Usage: links_test.sh BIN_DIRECTORY
set -eu
bin=$1
failed=0

complain() {
    echo "not ok: $*"
    failed=1
}

# needs PROGRAM LIBRARY...: exactly these, besides libc and the loader.
needs() {
    program=$1
    shift
    expected=$(printf '%s\n' "$@" | sort | tr '\n' ' ')
    found=$(objdump -p "$bin/$program" | awk '$1 == "NEEDED" { print $2 }' |
        sed -e 's/\.so.*//' -e 's/-[0-9.]*$//' | grep -v -e '^libc$' -e '^ld-linux' -e '^libasan$' -e '^libubsan$' |
        sort | tr '\n' ' ')
    [ "$found" = "$expected" ] || complain "$program needs '$found', not '$expected'"
}

# lacks PROGRAM PREFIX...: no function whose name begins so.
lacks() {
    program=$1
    shift
    for prefix in "$@"; do
        if nm "$bin/$program" | grep -q " [Tt] $prefix"; then
            complain "$program holds $(nm "$bin/$program" | grep -m 1 " [Tt] $prefix")"
        fi
    done
}

holds() {
    nm "$bin/$1" | grep -q " [Tt] $2" || complain "$1 does not hold $2: this test looks for nothing"
}

needs schloss-porter libseccomp
needs schloss-broker libseccomp
needs schloss-store libseccomp
needs schloss-audit libseccomp libcrypto libsodium
needs schloss-keys libseccomp libcrypto
needs schloss-keys-pkcs11 libseccomp libcrypto
needs schloss-gate libseccomp libcrypto libssl liblz4 libsnappy libsodium libz libzstd
needs schloss-compiler libseccomp libsodium
needs schloss-fetch libseccomp libcrypto libssl libjansson libsodium
needs schloss-dial libseccomp
needs schlossd libseccomp libsodium
needs schloss libcrypto libjansson libpcre2 librdkafka libsmartcols libsodium libyaml
needs schloss-policy libsodium

needs ldap.so libsodium libcrypto libssl libldap liblber

# Only the gate speaks the wire, only the store has files, only broker decides.
holds schloss-gate wire_decode
holds schloss-store log_partition_append
holds schloss-broker policy_decide
lacks schloss-broker wire_decode wire_encode log_partition_ log_segment_ codec_ dlopen tls_
lacks schloss-store wire_decode wire_fixed_decode policy_ meta_ coord_ codec_ tls_
lacks schloss-gate policy_ meta_ coord_ log_partition_ keys_
lacks schloss-porter wire_ policy_ meta_ coord_ log_partition_ codec_ tls_
lacks schloss-audit wire_ policy_ meta_ coord_ log_partition_ codec_ tls_
lacks schloss-keys wire_ policy_ meta_ coord_ log_partition_ codec_ tls_server
lacks schloss-keys-pkcs11 wire_ policy_ meta_ coord_ log_partition_ codec_ tls_server
lacks schloss-fetch wire_ policy_ meta_ coord_ log_partition_ codec_ keys_ ipc_
lacks schloss-dial wire_ policy_ meta_ coord_ log_partition_ codec_ tls_ conf_
lacks schlossd fetch_ wire_ policy_model_ meta_ coord_ log_partition_ codec_ tls_
# The tool reads the configuration and policies and makes certificates, and is no part of a broker.
holds schloss cert_make
holds schloss policytool_diff
holds schloss-policy policytool_diff
lacks schloss-policy conf_ cert_ users_ cli_ wire_ meta_ coord_ log_partition_ codec_ tls_ ipc_ keys_ sandbox_ warden_ broker_ store_ seal_ scram_
lacks schloss meta_ coord_ log_partition_ codec_ tls_ ipc_ keys_ sandbox_ warden_ broker_ store_

# Only auth, and keys where a token has the key, load code while they run.
for program in schloss-porter schloss-gate schloss-keys schloss-broker schloss-store schloss-audit \
    schloss-compiler schloss-fetch schloss-dial schlossd; do
    if nm -D "$bin/$program" | grep -q ' U dlopen'; then
        complain "$program may dlopen"
    fi
done
for program in schloss-auth schloss-keys-pkcs11; do
    nm -D "$bin/$program" | grep -q ' U dlopen' || complain "$program does not dlopen: this test looks for nothing"
done

# A plugin shows one function, whatever it is linked with.
for plugin in "$bin"/*.so; do
    shown=$(nm -D --defined-only "$plugin" | awk '{ print $3 }' | tr '\n' ' ')
    [ "$shown" = "schloss_auth_plugin_v1 " ] || complain "$plugin shows '$shown'"
done
for name in password scram oauthbearer x509 ldap; do
    [ -f "$bin/$name.so" ] || complain "$name.so is not there: this test looks for nothing"
done

[ "$failed" = 0 ] && echo "ok"
exit "$failed"
