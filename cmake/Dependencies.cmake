# Every library that is not ours, in one place. Each appears on the link line of the few
# targets that need it and nowhere else.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
pkg_check_modules(OPENSSL REQUIRED IMPORTED_TARGET libssl>=3.0)
pkg_check_modules(CRYPTO REQUIRED IMPORTED_TARGET libcrypto>=3.0)
pkg_check_modules(SECCOMP REQUIRED IMPORTED_TARGET libseccomp>=2.5)
pkg_check_modules(SODIUM REQUIRED IMPORTED_TARGET libsodium>=1.0.18)
pkg_check_modules(SASL REQUIRED IMPORTED_TARGET libsasl2)
pkg_check_modules(KRB5 REQUIRED IMPORTED_TARGET mit-krb5-gssapi mit-krb5)
pkg_check_modules(LDAP REQUIRED IMPORTED_TARGET ldap lber)
pkg_check_modules(PCRE2 REQUIRED IMPORTED_TARGET libpcre2-8)
pkg_check_modules(ZSTD REQUIRED IMPORTED_TARGET libzstd)
pkg_check_modules(LZ4 REQUIRED IMPORTED_TARGET liblz4)
pkg_check_modules(ZLIB REQUIRED IMPORTED_TARGET zlib)
pkg_check_modules(RDKAFKA REQUIRED IMPORTED_TARGET rdkafka)
pkg_check_modules(SMARTCOLS REQUIRED IMPORTED_TARGET smartcols)
find_library(SNAPPY_LIBRARY snappy REQUIRED)
# Its headers alone: PKCS#11, for schloss-keys-pkcs11.
pkg_check_modules(P11KIT REQUIRED p11-kit-1)
# For oauthbearer.so, schloss-fetch and the tool's import, and for programs that tests are made of.
pkg_check_modules(JANSSON REQUIRED IMPORTED_TARGET jansson)
# For the tool's import and export.
pkg_check_modules(YAML REQUIRED IMPORTED_TARGET yaml-0.1>=0.2)
find_library(CMOCKA_LIBRARY cmocka)
