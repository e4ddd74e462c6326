#include "fake_pkcs11.h"

#include <pthread.h>
#include <string.h>
#include <unistd.h>

struct fake_pkcs11 fake_pkcs11;

CK_RV C_GetFunctionList(CK_FUNCTION_LIST **list);

static void *sleep_for_ever(void *context)
{
    (void)context;
    for (;;) {
        (void)pause();
    }
    return NULL;
}

static CK_RV initialize(void *arguments)
{
    pthread_t thread;

    fake_pkcs11.initialize_flags = ((CK_C_INITIALIZE_ARGS *)arguments)->flags;
    if (fake_pkcs11.thread != 0) {
        (void)pthread_create(&thread, NULL, sleep_for_ever, NULL);
    }
    return fake_pkcs11.initialize;
}

static CK_RV get_slot_list(CK_BBOOL present, CK_SLOT_ID *slots, CK_ULONG *count)
{
    (void)present;
    if (fake_pkcs11.slot_count > *count) {
        *count = fake_pkcs11.slot_count;
        return CKR_BUFFER_TOO_SMALL;
    }
    for (CK_ULONG i = 0; i < fake_pkcs11.slot_count; i++) {
        slots[i] = i;
    }
    *count = fake_pkcs11.slot_count;
    return fake_pkcs11.slots;
}

static CK_RV get_token_info(CK_SLOT_ID slot, CK_TOKEN_INFO *info)
{
    (void)slot;
    memset(info, ' ', sizeof(*info));
    memcpy(info->label, fake_pkcs11.label, strlen(fake_pkcs11.label));
    memcpy(info->serialNumber, fake_pkcs11.serial, strlen(fake_pkcs11.serial));
    info->flags = fake_pkcs11.flags;
    return CKR_OK;
}

static CK_RV open_session(CK_SLOT_ID slot, CK_FLAGS flags, void *application,
    CK_NOTIFY notify, CK_SESSION_HANDLE *session)
{
    (void)slot;
    (void)flags;
    (void)application;
    (void)notify;
    *session = 7;
    return fake_pkcs11.open;
}

static CK_RV login(
    CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_UTF8CHAR *pin, CK_ULONG length)
{
    (void)session;
    (void)user;
    fake_pkcs11.logins++;
    memcpy(fake_pkcs11.pin, pin, length);
    fake_pkcs11.pin_length = length;
    return fake_pkcs11.login;
}

static CK_RV find_objects_init(
    CK_SESSION_HANDLE session, CK_ATTRIBUTE *wanted, CK_ULONG count)
{
    (void)session;
    fake_pkcs11.label_length = 0;
    fake_pkcs11.id_length = 0;
    for (CK_ULONG i = 0; i < count; i++) {
        if (wanted[i].type == CKA_LABEL) {
            memcpy(fake_pkcs11.label_wanted, wanted[i].pValue, wanted[i].ulValueLen);
            fake_pkcs11.label_length = wanted[i].ulValueLen;
        } else if (wanted[i].type == CKA_ID) {
            memcpy(fake_pkcs11.id_wanted, wanted[i].pValue, wanted[i].ulValueLen);
            fake_pkcs11.id_length = wanted[i].ulValueLen;
        }
    }
    return fake_pkcs11.find;
}

static CK_RV find_objects(
    CK_SESSION_HANDLE session, CK_OBJECT_HANDLE *found, CK_ULONG max, CK_ULONG *count)
{
    (void)session;
    *count = fake_pkcs11.object_count < max ? fake_pkcs11.object_count : max;
    for (CK_ULONG i = 0; i < *count; i++) {
        found[i] = 40 + i;
    }
    return CKR_OK;
}

static CK_RV find_objects_final(CK_SESSION_HANDLE session)
{
    (void)session;
    return CKR_OK;
}

static CK_RV get_attribute_value(
    CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE *a, CK_ULONG count)
{
    (void)session;
    (void)object;
    (void)count;
    if (a->type == CKA_KEY_TYPE) {
        memcpy(a->pValue, &fake_pkcs11.type, sizeof(fake_pkcs11.type));
        return CKR_OK;
    }
    memcpy(a->pValue, &fake_pkcs11.always, sizeof(fake_pkcs11.always));
    return CKR_OK;
}

static CK_RV sign_init(
    CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
    (void)session;
    (void)key;
    fake_pkcs11.mechanism = mechanism->mechanism;
    if (mechanism->ulParameterLen == sizeof(fake_pkcs11.pss)) {
        memcpy(&fake_pkcs11.pss, mechanism->pParameter, sizeof(fake_pkcs11.pss));
    }
    return fake_pkcs11.sign_init;
}

static CK_RV sign(CK_SESSION_HANDLE session, CK_BYTE *text, CK_ULONG text_length,
    CK_BYTE *signature, CK_ULONG *signature_length)
{
    (void)session;
    memcpy(fake_pkcs11.text, text, text_length);
    fake_pkcs11.text_length = text_length;
    if (fake_pkcs11.signature_length > *signature_length) {
        *signature_length = fake_pkcs11.signature_length;
        return CKR_BUFFER_TOO_SMALL;
    }
    memset(signature, 1, fake_pkcs11.signature_length);
    *signature_length = fake_pkcs11.signature_length;
    return fake_pkcs11.sign;
}

static CK_FUNCTION_LIST functions = {.version = {2, 40},
    .C_Initialize = initialize,
    .C_GetSlotList = get_slot_list,
    .C_GetTokenInfo = get_token_info,
    .C_OpenSession = open_session,
    .C_Login = login,
    .C_FindObjectsInit = find_objects_init,
    .C_FindObjects = find_objects,
    .C_FindObjectsFinal = find_objects_final,
    .C_GetAttributeValue = get_attribute_value,
    .C_SignInit = sign_init,
    .C_Sign = sign};

CK_RV C_GetFunctionList(CK_FUNCTION_LIST **list)
{
    *list = &functions;
    return CKR_OK;
}
