/* fake_pkcs11 - a PKCS#11 module without a token: what it answers is set by the test. */
#ifndef FAKE_PKCS11_H
#define FAKE_PKCS11_H

#include <p11-kit/pkcs11.h>

struct fake_pkcs11 {
    /* answers */
    CK_RV initialize;
    CK_RV slots;
    CK_RV open;
    CK_RV login;
    CK_RV find;
    CK_RV sign_init;
    CK_RV sign;
    CK_ULONG slot_count;
    CK_ULONG object_count;
    CK_FLAGS flags; /* of each token */
    const char *label;
    const char *serial;
    CK_KEY_TYPE type;
    CK_BBOOL always;
    CK_ULONG signature_length;
    int thread; /* starts one */
    /* what was asked */
    CK_FLAGS initialize_flags;
    unsigned logins;
    unsigned char pin[256];
    CK_ULONG pin_length;
    unsigned char label_wanted[256];
    CK_ULONG label_length;
    unsigned char id_wanted[64];
    CK_ULONG id_length;
    CK_MECHANISM_TYPE mechanism;
    CK_RSA_PKCS_PSS_PARAMS pss;
    unsigned char text[512];
    CK_ULONG text_length;
};

/* The module's own; a test finds it by its name. */
extern struct fake_pkcs11 fake_pkcs11;

#endif
