/* The arrays of a compiled policy behind the listeners: what may be done to which names. */
#include "policy_blob.h"

/* Sorted order puts each prefix before what begins with it: the candidates are a chain. */
static uint32_t find_parent(const struct policy *p, uint32_t i)
{
    const struct policy_key *key = &p->patterns[i].key;

    if (i == 0 || key->is_prefix == 0 ||
        p->patterns[i - 1].key.resource != key->resource ||
        p->patterns[i - 1].key.is_prefix == 0) {
        return POLICY_NONE;
    }
    uint32_t parent = i - 1;
    while (parent != POLICY_NONE &&
           !policy_view_starts(key->name, p->patterns[parent].key.name)) {
        parent = p->patterns[parent].parent;
    }
    return parent;
}

static bool key_is_sound(const struct policy_key *key)
{
    if (key->resource < POLICY_TOPIC || key->resource > POLICY_USER ||
        key->is_prefix > 1) {
        return false;
    }
    if (key->resource == POLICY_CLUSTER) {
        return key->is_prefix == 0 && policy_view_equal(key->name, policy_cluster_name());
    }
    return key->is_prefix == 1 || key->name.len > 0;
}

static void read_patterns(struct policy_reader *r, struct policy *p)
{
    uint64_t cells = 0;

    for (uint32_t i = 0; i < p->counts[POLICY_PATTERNS] && !r->bad; i++) {
        struct policy_pattern *pattern = &p->patterns[i];
        pattern->key.resource = policy_take(r);
        pattern->key.is_prefix = policy_take(r);
        pattern->key.name = policy_take_name(r);
        pattern->cells = policy_take(r);
        pattern->first_cell = (uint32_t)cells;
        cells += pattern->cells;
        policy_expect(r, pattern->cells >= 1 && cells <= p->counts[POLICY_CELLS]);
        policy_expect(r, key_is_sound(&pattern->key));
        policy_expect(
            r, i == 0 || policy_key_compare(&(pattern - 1)->key, &pattern->key) < 0);
        pattern->parent = r->bad ? POLICY_NONE : find_parent(p, i);
    }
    policy_expect(r, cells == p->counts[POLICY_CELLS]);
}

static void read_cells(struct policy_reader *r, struct policy *p)
{
    uint32_t at = 0;
    uint64_t entries = 0;
    uint32_t teams_from = POLICY_NUMBER_FIRST + p->counts[POLICY_PRINCIPALS];

    for (uint32_t i = 0; i < p->counts[POLICY_CELLS] && !r->bad; i++) {
        struct policy_cell *cell = &p->cells[i];
        if (i == p->patterns[at].first_cell + p->patterns[at].cells) {
            at++;
        }
        cell->pattern = at;
        cell->subject = policy_take(r);
        cell->entries = policy_take(r);
        cell->conditionals = policy_take(r);
        cell->first_entry = (uint32_t)entries;
        uint64_t here = (uint64_t)cell->entries + cell->conditionals;
        entries += here;
        policy_expect(r, here >= 1 && entries <= p->counts[POLICY_ENTRIES]);
        policy_expect(r, cell->subject < p->subjects);
        policy_expect(r,
            i == p->patterns[at].first_cell || p->cells[i - 1].subject < cell->subject);
        p->patterns[at].team_cells += cell->subject >= teams_from ? 1 : 0;
    }
    policy_expect(r, entries == p->counts[POLICY_ENTRIES]);
}

/* Apache Kafka's, for what is allowed. */
static uint32_t with_implied(uint32_t bits)
{
    uint32_t describing = POLICY_BIT(POLICY_READ) | POLICY_BIT(POLICY_WRITE) |
                          POLICY_BIT(POLICY_DELETE) | POLICY_BIT(POLICY_ALTER);

    if ((bits & describing) != 0) {
        bits |= POLICY_BIT(POLICY_DESCRIBE);
    }
    if ((bits & POLICY_BIT(POLICY_ALTER_CONFIGS)) != 0) {
        bits |= POLICY_BIT(POLICY_DESCRIBE_CONFIGS);
    }
    return bits;
}

static void read_entry(
    struct policy_reader *r, struct policy *p, struct policy_entry *entry)
{
    entry->rule = policy_take(r);
    entry->written = policy_take(r);
    policy_expect(r, entry->rule < p->counts[POLICY_RULES]);
    policy_expect(r, entry->written != 0 && (entry->written & ~POLICY_BITS_ALL) == 0);
    if (r->bad) {
        return;
    }
    entry->effect = p->rules[entry->rule].effect;
    entry->operations =
        entry->effect == POLICY_ALLOW ? with_implied(entry->written) : entry->written;
}

static void read_entries_of(
    struct policy_reader *r, struct policy *p, struct policy_cell *cell)
{
    uint32_t written[POLICY_EFFECTS] = {0};

    for (uint32_t i = 0; i < cell->entries + cell->conditionals && !r->bad; i++) {
        struct policy_entry *entry = &p->entries[cell->first_entry + i];
        bool conditional = i >= cell->entries;
        read_entry(r, p, entry);
        if (r->bad) {
            return;
        }
        policy_expect(r, (p->rules[entry->rule].condition != 0) == conditional);
        policy_expect(r, i == 0 || i == cell->entries || (entry - 1)->rule < entry->rule);
        if (conditional) {
            cell->conditional |= entry->operations;
        } else {
            policy_expect(r, (written[entry->effect] & entry->written) == 0);
            written[entry->effect] |= entry->written;
            cell->masks[entry->effect] |= entry->operations;
        }
        p->patterns[cell->pattern].is_named |= entry->effect <= POLICY_DENY;
        p->patterns[cell->pattern].is_never |= entry->effect == POLICY_NEVER;
    }
}

void policy_read_patterns(struct policy_reader *r, struct policy *p)
{
    read_patterns(r, p);
    read_cells(r, p);
    for (uint32_t i = 0; i < p->counts[POLICY_CELLS] && !r->bad; i++) {
        read_entries_of(r, p, &p->cells[i]);
    }
}
