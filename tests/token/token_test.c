#include "token.h"

#include "fake_pkcs11.h"
#include "ipc_words.h"
#include "test.h"
#include "token_code.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define URI "pkcs11:token=schloss;object=broker"

static struct fake_pkcs11 *fake;

/* A module that does everything right. */
static int begin(void **state)
{
    void *library = dlopen(FAKE_MODULE, RTLD_NOW | RTLD_LOCAL);

    (void)state;
    assert_non_null(library);
    fake = dlsym(library, "fake_pkcs11");
    assert_non_null(fake);
    *fake = (struct fake_pkcs11){.slot_count = 1,
        .object_count = 1,
        .flags = CKF_TOKEN_INITIALIZED | CKF_USER_PIN_INITIALIZED | CKF_LOGIN_REQUIRED,
        .label = "schloss",
        .serial = "77",
        .type = CKK_EC,
        .signature_length = 64};
    return 0;
}

static void give(struct token *t, const char *module, const char *uri)
{
    struct keys_signer signer = token_signer(t);
    struct ipc_received m = {.msg = IPC_MSG_KEYS_TOKEN,
        .fd = -1,
        .body.keys_token = {.module = ipc_text(module), .uri = ipc_text(uri)}};

    assert_int_equal(signer.given(signer.context, &m), OK);
}

static int pin_file(const char *text, size_t length)
{
    int fd = memfd_create("pin", MFD_CLOEXEC);

    assert_int_equal(write(fd, text, length), (ssize_t)length);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    return fd;
}

static enum err open_as(struct token *t, const char *module, const char *uri,
    enum keys_type type, struct keys_problem *problem)
{
    struct keys_signer signer = token_signer(t);
    int fd = pin_file("1234\n", 5);

    memset(t, 0, sizeof(*t));
    give(t, module, uri);
    enum err e = signer.open(signer.context, type, fd, problem);
    (void)close(fd);
    return e;
}

static void check_refused(const char *uri, const char *expected)
{
    struct keys_problem problem = {""};
    struct token t;

    assert_int_equal(open_as(&t, FAKE_MODULE, uri, KEYS_P256, &problem), ERR_INVALID);
    if (strstr(problem.text, expected) == NULL) {
        fail_msg("%s", problem.text);
    }
    assert_null(strstr(problem.text, "1234"));
}

static void open_good(struct token *t, enum keys_type type, CK_KEY_TYPE kind)
{
    struct keys_problem problem = {""};

    fake->type = kind;
    if (open_as(t, FAKE_MODULE, URI, type, &problem) != OK) {
        fail_msg("%s", problem.text);
    }
}

/* --- the start -------------------------------------------------------------------- */

static void a_key_is_found_by_its_name_after_the_login(void **state)
{
    struct keys_problem problem = {""};
    struct token t;

    (void)state;
    open_good(&t, KEYS_P256, CKK_EC);
    assert_int_equal(fake->initialize_flags, CKF_LIBRARY_CANT_CREATE_OS_THREADS);
    assert_int_equal(fake->pin_length, 4);
    assert_memory_equal(fake->pin, "1234", 4);
    assert_int_equal(fake->label_length, 6);
    assert_memory_equal(fake->label_wanted, "broker", 6);
    assert_int_equal(fake->id_length, 0);
    assert_int_equal(t.session.key, 40);
    assert_int_equal(
        open_as(&t, FAKE_MODULE, "pkcs11:serial=77;id=%01%02", KEYS_P256, &problem), OK);
    assert_int_equal(fake->label_length, 0);
    assert_int_equal(fake->id_length, 2);
    assert_memory_equal(fake->id_wanted, "\x01\x02", 2);
}

static void a_module_that_fails_is_refused_with_its_code(void **state)
{
    (void)state;
    fake->initialize = CKR_DEVICE_ERROR;
    check_refused(URI, "fails to start: CKR_DEVICE_ERROR");
    fake->initialize = CKR_NEED_TO_CREATE_THREADS;
    check_refused(URI, "wants threads of its own");
    fake->initialize = CKR_OK;
    fake->slots = CKR_GENERAL_ERROR;
    check_refused(URI, "list its tokens: CKR_GENERAL_ERROR");
    fake->slots = CKR_OK;
    fake->open = CKR_TOKEN_NOT_PRESENT;
    check_refused(URI, "open a session: CKR_TOKEN_NOT_PRESENT");
    fake->open = CKR_OK;
    fake->login = CKR_PIN_INCORRECT;
    check_refused(URI, "refuses the login: CKR_PIN_INCORRECT");
    fake->login = CKR_OK;
    fake->find = 0x80000042;
    check_refused(URI, "find the key: 0x80000042");
}

static void a_token_must_be_there_once(void **state)
{
    (void)state;
    fake->slot_count = 0;
    check_refused(URI, "no such token among 0");
    fake->slot_count = 2;
    check_refused(URI, "2 such tokens");
    fake->slot_count = TOKEN_SLOTS_MAX + 1;
    check_refused(URI, "list its tokens");
    fake->slot_count = 1;
    fake->label = "schloss2";
    check_refused(URI, "no such token");
    fake->label = "schlos";
    check_refused(URI, "no such token");
    fake->label = "schloss";
    check_refused("pkcs11:token=schloss;serial=78;object=broker", "no such token");
    fake->flags &= ~(CK_FLAGS)CKF_TOKEN_INITIALIZED;
    check_refused(URI, "no such token");
}

static void a_pin_is_not_tried_where_it_could_lock_the_token(void **state)
{
    const CK_FLAGS usual = fake->flags;

    (void)state;
    fake->flags = usual | CKF_USER_PIN_FINAL_TRY;
    check_refused(URI, "would lock the token");
    fake->flags = usual | CKF_USER_PIN_LOCKED;
    check_refused(URI, "is locked");
    fake->flags = usual & ~(CK_FLAGS)CKF_USER_PIN_INITIALIZED;
    check_refused(URI, "has no user PIN");
    assert_int_equal(fake->logins, 0);
}

static void a_key_must_be_there_once_and_be_of_use(void **state)
{
    (void)state;
    fake->object_count = 0;
    check_refused(URI, "no such private key");
    fake->object_count = 2;
    check_refused(URI, "several such private keys");
    fake->object_count = 1;
    fake->type = CKK_RSA;
    check_refused(URI, "of another kind");
    fake->type = CKK_EC;
    fake->always = CK_TRUE;
    check_refused(URI, "wants the PIN for each signature");
}

static void what_is_no_module_is_refused(void **state)
{
    struct keys_problem problem = {""};
    struct token t;

    (void)state;
    assert_int_equal(
        open_as(&t, "/nowhere/module.so", URI, KEYS_P256, &problem), ERR_INVALID);
    assert_non_null(strstr(problem.text, "/nowhere/module.so can not be loaded"));
    check_refused("pkcs11:token=schloss", "ssl.key.pkcs11.uri: this names no key");
}

/* In a child: the thread would stay. */
static void a_module_that_starts_a_thread_is_refused(void **state)
{
    int status = 0;
    pid_t pid = fork();

    (void)state;
    if (pid == 0) {
        struct keys_problem problem = {""};
        struct token t;
        fake->thread = 1;
        bool refused =
            open_as(&t, FAKE_MODULE, URI, KEYS_P256, &problem) == ERR_INVALID &&
            strstr(problem.text, "has started a thread") != NULL;
        _exit(refused ? 0 : 1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

/* --- the PIN's file --------------------------------------------------------------- */

static enum err read_pin(const char *text, size_t length, struct token_pin *out)
{
    struct keys_problem problem = {""};
    int fd = pin_file(text, length);
    enum err e = token_pin_read(fd, out, &problem);

    (void)close(fd);
    return e;
}

static void a_pin_is_one_line(void **state)
{
    static char text[TOKEN_PIN_MAX + 8];
    struct token_pin pin;

    (void)state;
    assert_int_equal(read_pin("1234", 4, &pin), OK);
    assert_int_equal(pin.length, 4);
    assert_int_equal(read_pin("12 34\r\n", 7, &pin), OK);
    assert_int_equal(pin.length, 5);
    assert_int_equal(read_pin("", 0, &pin), ERR_INVALID);
    assert_int_equal(read_pin("\n", 1, &pin), ERR_INVALID);
    assert_int_equal(read_pin("12\n34\n", 6, &pin), ERR_INVALID);
    assert_int_equal(pin.length, 0); /* wiped */
    memset(text, '1', sizeof(text));
    text[TOKEN_PIN_MAX] = '\n';
    assert_int_equal(read_pin(text, TOKEN_PIN_MAX + 1, &pin), OK);
    assert_int_equal(pin.length, TOKEN_PIN_MAX);
    text[TOKEN_PIN_MAX] = '1';
    assert_int_equal(read_pin(text, TOKEN_PIN_MAX + 1, &pin), ERR_INVALID);
    assert_int_equal(read_pin(text, sizeof(text), &pin), ERR_INVALID);
}

/* --- signatures ------------------------------------------------------------------- */

static enum err sign(struct token *t, const struct keys_order *order, size_t *length)
{
    struct keys_signer signer = token_signer(t);
    uint8_t signature[KEYS_SIGNATURE_MAX];

    return signer.sign(signer.context, order, signature, length);
}

static void each_kind_has_its_mechanism(void **state)
{
    static const uint8_t digest[64] = {1, 2, 3};
    struct keys_order order = {
        .type = KEYS_P256, .digest = "SHA256", .bytes = digest, .length = 32};
    size_t length = 0;
    struct token t;

    (void)state;
    open_good(&t, KEYS_P256, CKK_EC);
    assert_int_equal(sign(&t, &order, &length), OK);
    assert_int_equal(fake->mechanism, CKM_ECDSA);
    assert_int_equal(fake->text_length, 32);
    assert_int_equal(length, 70); /* a sequence of two numbers of 32 bytes */
    open_good(&t, KEYS_RSA, CKK_RSA);
    fake->signature_length = 256;
    order = (struct keys_order){
        .type = KEYS_RSA, .digest = "SHA384", .bytes = digest, .length = 48};
    assert_int_equal(sign(&t, &order, &length), OK);
    assert_int_equal(fake->mechanism, CKM_RSA_PKCS);
    assert_int_equal(fake->text_length, 19 + 48);
    assert_int_equal(length, 256);
    order.pss = true;
    assert_int_equal(sign(&t, &order, &length), OK);
    assert_int_equal(fake->mechanism, CKM_RSA_PKCS_PSS);
    assert_int_equal(fake->text_length, 48);
    assert_int_equal(fake->pss.hashAlg, CKM_SHA384);
    assert_int_equal(fake->pss.mgf, CKG_MGF1_SHA384);
    assert_int_equal(fake->pss.sLen, 48);
    open_good(&t, KEYS_ED25519, CKK_EC_EDWARDS);
    fake->signature_length = 64;
    order = (struct keys_order){.type = KEYS_ED25519, .bytes = digest, .length = 64};
    assert_int_equal(sign(&t, &order, &length), OK);
    assert_int_equal(fake->mechanism, CKM_EDDSA);
    assert_int_equal(length, 64);
}

static void a_signature_that_is_none_is_an_error(void **state)
{
    static const uint8_t digest[32] = {1};
    const struct keys_order order = {
        .type = KEYS_P256, .digest = "SHA256", .bytes = digest, .length = 32};
    size_t length = 99;
    struct token t;

    (void)state;
    open_good(&t, KEYS_P256, CKK_EC);
    fake->signature_length = 63;
    assert_int_equal(sign(&t, &order, &length), ERR_IO);
    fake->signature_length = 96;
    assert_int_equal(sign(&t, &order, &length), ERR_IO);
    fake->signature_length = KEYS_SIGNATURE_MAX + 1;
    assert_int_equal(sign(&t, &order, &length), ERR_IO);
    fake->signature_length = 64;
    fake->sign = CKR_DEVICE_REMOVED;
    assert_int_equal(sign(&t, &order, &length), ERR_IO);
    fake->sign = CKR_OK;
    fake->sign_init = CKR_USER_NOT_LOGGED_IN;
    assert_int_equal(sign(&t, &order, &length), ERR_IO);
    assert_int_equal(length, 99);
    fake->sign_init = CKR_OK;
    assert_int_equal(sign(&t, &order, &length), OK);
}

/* --- what the warden gives -------------------------------------------------------- */

static void what_the_module_is_given_is_bounded(void **state)
{
    struct token t = {.path_count = 0};
    struct keys_signer signer = token_signer(&t);
    struct ipc_received path = {
        .msg = IPC_MSG_KEYS_PATH, .fd = -1, .body.keys_path = {.path = ipc_text("/tmp")}};
    struct ipc_received variable = {.msg = IPC_MSG_KEYS_VARIABLE,
        .fd = -1,
        .body.keys_variable = {.name = ipc_text("TOKEN_TEST"), .value = ipc_text("a=b")}};
    struct ipc_received other = {.msg = IPC_MSG_STOP, .fd = -1};
    size_t count = 0;

    (void)state;
    for (size_t i = 0; i < TOKEN_PATHS_MAX; i++) {
        assert_int_equal(signer.given(signer.context, &path), OK);
    }
    assert_int_equal(signer.given(signer.context, &path), ERR_INVALID);
    const int *paths = signer.paths(signer.context, &count);
    assert_int_equal(count, TOKEN_PATHS_MAX);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(close(paths[i]), 0);
    }
    assert_int_equal(signer.given(signer.context, &variable), OK);
    assert_string_equal(getenv("TOKEN_TEST"), "a=b");
    variable.body.keys_variable.name = ipc_text("");
    assert_int_equal(signer.given(signer.context, &variable), ERR_INVALID);
    assert_int_equal(signer.given(signer.context, &other), ERR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_key_is_found_by_its_name_after_the_login, begin),
        cmocka_unit_test_setup(a_module_that_fails_is_refused_with_its_code, begin),
        cmocka_unit_test_setup(a_token_must_be_there_once, begin),
        cmocka_unit_test_setup(a_pin_is_not_tried_where_it_could_lock_the_token, begin),
        cmocka_unit_test_setup(a_key_must_be_there_once_and_be_of_use, begin),
        cmocka_unit_test_setup(what_is_no_module_is_refused, begin),
        cmocka_unit_test_setup(a_module_that_starts_a_thread_is_refused, begin),
        cmocka_unit_test_setup(a_pin_is_one_line, begin),
        cmocka_unit_test_setup(each_kind_has_its_mechanism, begin),
        cmocka_unit_test_setup(a_signature_that_is_none_is_an_error, begin),
        cmocka_unit_test_setup(what_the_module_is_given_is_bounded, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
