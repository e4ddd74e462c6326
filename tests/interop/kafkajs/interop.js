// interop - kafkajs against a running broker, feature by feature. See ../README.md.
'use strict'

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { createRequire } = require('node:module')

// The packages lie in a folder of their own, which NODE_PATH names.
const load = createRequire(path.join(process.env.NODE_PATH || __dirname, 'x'))
const kafkajs = load('kafkajs')
const { CompressionCodecs, CompressionTypes, ConfigResourceTypes, Kafka } = kafkajs

const ROWS = 50
const SECONDS = 30
const TOO_LARGE = 2000000 // above the broker's message.max.bytes as it is by default
const WRONG_PASSWORD = 'this-is-not-the-password'

const env = name => process.env[`SCHLOSS_${name}`] || ''
const US = [env('USER'), env('PASSWORD')]
const THEM = [env('OTHER_USER'), env('OTHER_PASSWORD')]
const topicOf = feature => `${env('PREFIX')}-${feature}`

// kafkajs has gzip; the others are plugged in.
const lz4 = load('lz4-napi')
const zstd = load('@bokuweb/zstd-wasm')
CompressionCodecs[CompressionTypes.Snappy] = load('kafkajs-snappy')
CompressionCodecs[CompressionTypes.LZ4] = () => ({
  compress: encoder => lz4.compressFrame(encoder.buffer),
  decompress: buffer => lz4.decompressFrame(buffer)
})
CompressionCodecs[CompressionTypes.ZSTD] = () => ({
  compress: async encoder => Buffer.from(zstd.compress(encoder.buffer)),
  decompress: async buffer => Buffer.from(zstd.decompress(buffer))
})

// Compressible, different for each row, and with every byte somewhere.
const value = row => Buffer.concat([Buffer.from(`row ${row} `.repeat(5)),
  Buffer.from(Array.from({ length: 40 }, (_, i) => (row * 11 + i) % 256))])
const rows = () => Array.from({ length: ROWS }, (_, i) => (
  { key: Buffer.from(`key-${i}`), value: value(i), partition: 0 }))

// The messages are the rows from the first on, at these very offsets.
function checkRows (found, first) {
  assert.equal(found.length, ROWS - first, 'number of rows')
  found.forEach((message, i) => {
    assert.equal(message.offset, String(first + i))
    assert.deepEqual(message.key, Buffer.from(`key-${first + i}`))
    assert.deepEqual(message.value, value(first + i))
  })
}

function client ([username, password], more = {}) {
  return new Kafka({
    brokers: [env('BOOTSTRAP')],
    ssl: { ca: [fs.readFileSync(env('CA'))] },
    sasl: { mechanism: 'plain', username, password },
    logLevel: kafkajs.logLevel.NOTHING,
    retry: { retries: 2 },
    ...more
  })
}

async function connected (thing, run) {
  try {
    await thing.connect()
    return await run(thing)
  } finally {
    await thing.disconnect()
  }
}

const administer = (run, user = US) => connected(client(user).admin(), run)

const create = (topic, numPartitions = 1, configEntries = []) => administer(admin =>
  admin.createTopics({ topics: [{ topic, numPartitions, replicationFactor: 1, configEntries }] }))

const produce = (topic, messages, more = {}, user = US) => connected(
  client(user).producer({ createPartitioner: () => ({ message }) => message.partition || 0 }),
  producer => producer.send({ topic, messages, ...more }))

// A consumer knows only groups; with an offset it seeks there, else it goes on where it was.
async function take (topic, count, { groupId = topic, offset, user = US, fromBeginning = true,
  commit = false } = {}) {
  return connected(client(user).consumer({ groupId }), async consumer => {
    await consumer.subscribe({ topic, fromBeginning })
    const found = []
    const crash = new Promise((resolve, reject) =>
      consumer.on(consumer.events.CRASH, event => reject(event.payload.error)))
    const all = new Promise((resolve, reject) => {
      consumer.run({
        autoCommit: false,
        eachMessage: async ({ message }) => {
          if (found.length < count) {
            found.push(message)
          }
          if (found.length === count) {
            resolve(found)
          }
        }
      }).catch(reject)
      if (offset !== undefined) {
        consumer.seek({ topic, partition: 0, offset: String(offset) })
      }
    })
    await Promise.race([all, crash])
    if (commit) {
      await consumer.commitOffsets([{ topic, partition: 0, offset: String(count) }])
    }
    return found
  })
}

async function connect () {
  const cluster = await administer(admin => admin.describeCluster())
  assert.ok(cluster.brokers.length > 0, 'no broker in the metadata')
}

async function admin () {
  const topic = topicOf('admin')
  await create(topic, 3)
  await administer(async admin => {
    const described = await admin.fetchTopicMetadata({ topics: [topic] })
    assert.equal(described.topics[0].partitions.length, 3)
    await admin.deleteTopics({ topics: [topic] })
    while ((await admin.listTopics()).includes(topic));
  })
}

async function setting (admin, topic, name) {
  const answer = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: ConfigResourceTypes.TOPIC, name: topic, configNames: [name] }]
  })
  return answer.resources[0].configEntries[0].configValue
}

async function configs () {
  const topic = topicOf('configs')
  await create(topic, 1, [{ name: 'retention.ms', value: '60000' }])
  await administer(async admin => {
    assert.equal(await setting(admin, topic, 'retention.ms'), '60000')
    await admin.alterConfigs({
      validateOnly: false,
      resources: [{
        type: ConfigResourceTypes.TOPIC,
        name: topic,
        configEntries: [{ name: 'retention.ms', value: '70000' }]
      }]
    })
    assert.equal(await setting(admin, topic, 'retention.ms'), '70000')
  })
}

async function throughAndBack (topic, more) {
  await create(topic)
  await produce(topic, rows(), more)
  checkRows(await take(topic, ROWS), 0)
}

const codec = (name, compression) => () => throughAndBack(topicOf(name), { compression })
const acks = (name, acks) => () => throughAndBack(topicOf(`acks${name}`), { acks })

async function offset () {
  const topic = topicOf('offset')
  await create(topic)
  await produce(topic, rows())
  checkRows(await take(topic, 20, { offset: 30 }), 30)
}

async function timestamp () {
  const topic = topicOf('timestamp')
  const begin = Date.now() - 100000
  await create(topic)
  await produce(topic, rows().map((row, i) => ({ ...row, timestamp: String(begin + i * 1000) })))
  // Between two rows: the later one counts.
  const [place] = await administer(
    admin => admin.fetchTopicOffsetsByTimestamp(topic, begin + 19500))
  assert.equal(place.offset, '20', 'offset for the timestamp')
  const found = await take(topic, 30, { offset: place.offset })
  checkRows(found, 20)
  assert.deepEqual(found.map(message => message.timestamp),
    found.map((_, i) => String(begin + (20 + i) * 1000)))
}

async function headers () {
  const topic = topicOf('headers')
  const all = Buffer.from(Array.from({ length: 256 }, (_, i) => i))
  await create(topic)
  await produce(topic, [{
    value: 'v',
    headers: { text: 'abc', bytes: all, empty: Buffer.alloc(0), twice: ['a', 'b'] }
  }])
  assert.deepEqual({ ...(await take(topic, 1))[0].headers }, {
    text: Buffer.from('abc'),
    bytes: all,
    empty: Buffer.alloc(0),
    twice: [Buffer.from('a'), Buffer.from('b')]
  })
}

async function tombstone () {
  const topic = topicOf('tombstone')
  await create(topic)
  await produce(topic, [{ key: 'k', value: null }, { key: 'k', value: '' }, { value: 'v' }])
  const found = await take(topic, 3)
  assert.equal(found[0].value, null)
  assert.deepEqual(found[1].value, Buffer.alloc(0))
  assert.equal(found[2].key, null)
}

async function group () {
  const topic = topicOf('group')
  await create(topic)
  await produce(topic, rows())
  const found = await take(topic, 20, { commit: true })
  checkRows([...found, ...await take(topic, 30)], 0)
}

const isOf = type => error => {
  const cause = error.cause || error
  assert.equal(cause.type || cause.name, type)
  return true
}

async function errors () {
  const topic = topicOf('errors')
  await create(topic)
  await produce(topic, rows())
  await assert.rejects(produce(topic, rows(), {}, THEM), isOf('TOPIC_AUTHORIZATION_FAILED'))
  await assert.rejects(take(topic, 1, { user: THEM }), isOf('TOPIC_AUTHORIZATION_FAILED'))
  const others = administer(
    admin => admin.fetchOffsets({ groupId: topic, topics: [topic] }), THEM)
  // Which is what it makes of the refusal.
  await assert.rejects(others, isOf('KafkaJSGroupCoordinatorNotFound'))
  // Out of range, the consumer goes on at where a group without offsets begins.
  checkRows(await take(topic, ROWS, { offset: 1000 }), 0)
  await assert.rejects(produce(topic, [{ value: Buffer.alloc(TOO_LARGE) }]),
    isOf('MESSAGE_TOO_LARGE'))
  await assert.rejects(administer(admin => admin.listTopics(), [US[0], WRONG_PASSWORD]),
    isOf('KafkaJSSASLAuthenticationError'))
}

const features = {
  connect,
  admin,
  configs,
  none: codec('none', CompressionTypes.None),
  gzip: codec('gzip', CompressionTypes.GZIP),
  snappy: codec('snappy', CompressionTypes.Snappy),
  lz4: codec('lz4', CompressionTypes.LZ4),
  zstd: codec('zstd', CompressionTypes.ZSTD),
  acks0: acks('0', 0),
  acks1: acks('1', 1),
  acksall: acks('all', -1),
  offset,
  timestamp,
  headers,
  tombstone,
  group,
  errors
}

function inTime (promise) {
  let timer
  const late = new Promise((resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`not within ${SECONDS} s`)), SECONDS * 1000)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

async function main () {
  await zstd.init()
  console.log('version', load('kafkajs/package.json').version)
  const chosen = env('FEATURES').split(/[ ,]+/).filter(Boolean)
  let status = 0
  for (const [name, run] of Object.entries(features)) {
    if (chosen.length > 0 && !chosen.includes(name)) {
      continue
    }
    try {
      await inTime(run())
      console.log(name, 'ok')
    } catch (error) {
      status = 1
      console.log(name, 'failed', String(error).replace(/\s+/g, ' '))
    }
  }
  process.exit(status)
}

main()
