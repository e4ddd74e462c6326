#include "policy_code.h"

#include <string.h>

/* clang-format off */
static const struct policy_code codes[] = {
    /* lints: warnings */
    {"L01", "an allow for any, without a reason",
        "name principals or teams, or say why with reason"},
    {"L02", "an allow to change every resource of a kind",
        "name the topics or groups, or their prefix"},
    {"L03", "an allow by password for names that a never statement guards",
        "ask for a stronger method behind 'with'"},
    {"L04", "an allow of which denies leave nothing",
        "remove the rule, or narrow the deny"},
    {"L05", "a team, role, net or auth that nothing uses",
        "remove it, or correct the name where it is meant"},
    {"L06", "a deny, a rule for any, or one that ends, without a label",
        "put LABEL: before it, so that logs name it well"},
    {"L07", "a break-glass rule without until, reason or ticket",
        "add what is missing"},
    {"L08", "a break-glass rule for more than 72 hours",
        "let it end earlier, and renew it if need be"},
    {"L09", "a rule that is over",
        "remove the line"},
    {"L10", "a statement that stands twice",
        "remove one of the two"},
    {"L11", "an allow by plain, without a version of TLS",
        "add: and tls >= 1.2"},
    /* lexical and syntax */
    {"POL001", "a byte that no policy file may hold",
        "save the file as UTF-8 without control characters; quote a name that needs other characters"},
    {"POL002", "a quoted name is not closed on its line",
        "add the closing quote; names hold neither quotes nor line ends"},
    {"POL003", "something else stands where the statement needs a certain word",
        "write what the message expects"},
    {"POL004", "more words behind a statement that is complete",
        "begin a new line for each statement; put commas between several names"},
    {"POL005", "a header that is not the first statement of the main file",
        "remove it; files that are included have no header"},
    {"POL006", "a version of the language that this program does not read",
        "write policy 1, or use a newer program"},
    {"POL007", "the main file does not begin with a header",
        "begin it with: policy 1"},
    {"POL008", "a brace is not closed before the next statement or the end of the file",
        "add the closing brace; that of a role or test stands on a line alone"},
    /* words */
    {"POL010", "a word at the start of a line that begins no statement",
        "correct the word; a name that goes on from the line before needs braces"},
    {"POL012", "an operation that does not exist",
        "choose one of the operations or intent verbs that the message lists"},
    {"POL013", "no kind of resource where one is needed",
        "write topic, group, txn, cluster, token or user before the names"},
    {"POL014", "a name or pattern that can not be meant so",
        "write an exact name, a prefix with a star at its end, or a star alone; quote what is exact"},
    {"POL015", "an operation that means nothing on that kind of resource",
        "choose an operation of that kind, or make it a statement of its own"},
    {"POL016", "a case of a test says neither can nor cannot",
        "write PRINCIPAL can OPERATION KIND NAME, or cannot"},
    {"POL017", "a condition behind a statement that holds everywhere and always",
        "remove the condition, or write a deny rule with it"},
    {"POL018", "a label before a statement that decides nothing",
        "remove the label; only allow, deny, grant, never and delegate take one"},
    {"POL019", "a word of the language that this program does not support",
        "remove the whole rule, or use a newer program"},
    /* includes */
    {"POL020", "files include each other more than 4 levels deep",
        "include the file from one further up"},
    {"POL021", "an include leads out of the directory of its file",
        "move the file there; names are relative, without . and .."},
    {"POL022", "no policy file has the name that an include gives",
        "correct the name; it is relative to the including file and ends in .policy"},
    {"POL023", "a file includes itself, or a file that it is included by",
        "remove one of the includes"},
    {"POL024", "a file is included twice",
        "keep one include, so that the file has one scope"},
    /* names */
    {"POL030", "a name is given twice",
        "rename one of the two, or join them"},
    {"POL031", "a list of networks that is not defined",
        "define it with net, in any file, or correct the name"},
    {"POL032", "a team that is not defined",
        "define it with team, in any file, or correct the name"},
    {"POL033", "a role that is not defined",
        "define it with role, in any file, or correct the name"},
    {"POL036", "a name that a team, net, auth or role can not have",
        "use letters, digits, '.', '_' and '-', and no word that 'with' knows"},
    {"POL037", "a label that a rule can not have",
        "use at most 64 characters, and none of the ids that decisions carry by themselves"},
    /* values */
    {"POL040", "text that is not an address or a network",
        "write an IPv4 or IPv6 address, or ADDRESS/BITS with all later bits zero"},
    {"POL041", "a method of authentication that does not exist",
        "choose one of the methods that the message lists"},
    {"POL042", "a condition behind 'with' that does not exist",
        "write a method, the name of an auth, tls >= VERSION, age < DURATION or issuer NAME"},
    {"POL043", "text that is not a date of the calendar",
        "write YYYY-MM-DD or YYYY-MM-DDTHH:MMZ; all times are UTC"},
    {"POL044", "text that is not a TLS version or a duration",
        "write 1.2 or 1.3; digits and one of s m h d, up to ten years"},
    {"POL045", "text that can not be the name of a listener",
        "write a name of `listeners` in the configuration"},
    {"POL046", "something stands twice that a statement can have once",
        "keep one; join lists with commas, conditions with 'and'"},
    {"POL047", "a rule that ends before it begins",
        "correct one of after and until"},
    {"POL048", "text that is not a number in range",
        "write decimal digits; a serial goes up to 9223372036854775807, signatures up to 64"},
    {"POL049", "methods that no session can have at once",
        "define an auth with all of them for one of several, instead of 'and'"},
    /* scope */
    {"POL050", "a statement about names outside of the scope that its file was included with",
        "have an owner of the including file widen the scope, or move the statement there"},
    {"POL051", "a statement that a file with a scope may not make at all",
        "move it to the file that includes, which has no scope"},
    {"POL052", "a team, net or auth that a file with a scope defines is used elsewhere",
        "define it in a file without a scope: a team's own file may not decide who others trust"},
    /* invariants */
    {"POL060", "a rule allows what a never statement forbids",
        "narrow the rule, or deny the overlap without a condition"},
    {"POL061", "a principal is in two teams that exclude each other",
        "remove it from one of them"},
    /* signatures */
    {"POL080", "a manifest that can not be read",
        "write it anew with: schloss policy sign"},
    {"POL081", "a file that is not the one that was signed, or is not in the manifest",
        "restore what was signed, or sign the policy anew"},
    {"POL082", "fewer signatures by trusted keys than are asked for",
        "have it signed with: schloss policy sign -k KEY"},
    {"POL083", "trusted keys that can not be read, or too few of them",
        "put public keys of minisign there, one a file, that nobody else may write to"},
    {"POL084", "a policy signed for another cluster, or no cluster.id to compare with",
        "sign it with the name of this cluster in its header"},
    {"POL085", "a signed policy older than the one in force last",
        "raise the serial of the policy, then sign it"},
    {"POL086", "what was kept of the signed policy in force last can not be read",
        "look why, then delete the file that policy.state.file names"},
    {"POL087", "signatures are asked for, and the policy has no manifest",
        "make it with: schloss policy sign -k KEY"},
    {"POL088", "a policy with another serial or cluster than its manifest",
        "sign it anew with: schloss policy sign"},
    {"POL089", "the serial of the signed policy can not be kept",
        "give policy.state.file a directory that schlossd can write to"},
    /* limits */
    {"POL090", "a line of more than 4096 bytes",
        "use several statements, a team or a role"},
    {"POL091", "more than 10000 rules",
        "use prefixes, teams, roles or lists of names"},
    {"POL092", "more names, or pairs of a principal and a name, than a policy holds",
        "use prefixes, teams and roles, or shorter lists"},
    {"POL093", "more than 4 MiB of policy files",
        "use prefixes, teams and roles"},
    {"POL094", "more than 64 files, or statements that include",
        "join some of the files, or include them with one pattern"},
    {"POL095", "a principal in more than 64 teams",
        "put principals that are always together into one team"},
    {"POL096", "too many invariants, allows and denies that concern the same names",
        "write fewer never statements, or longer prefixes in them"},
    {"POL097", "the compiled policy can not be loaded: a fault of this program",
        "report it with the policy files"},
};
/* clang-format on */

#define COUNT (sizeof(codes) / sizeof(codes[0]))

const struct policy_code *policy_code_find(const char *code)
{
    for (size_t i = 0; i < COUNT; i++) {
        if (strcmp(codes[i].code, code) == 0) {
            return &codes[i];
        }
    }
    return NULL;
}

const struct policy_code *policy_code_at(size_t index)
{
    return index < COUNT ? &codes[index] : NULL;
}
