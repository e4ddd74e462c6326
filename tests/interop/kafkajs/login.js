// login - kafkajs logs in once, produces a row, reads it back. See ../README.md.
'use strict'

const fs = require('node:fs')
const path = require('node:path')
const { createRequire } = require('node:module')

// The packages lie in a folder of their own, which NODE_PATH names.
const load = createRequire(path.join(process.env.NODE_PATH || __dirname, 'x'))
const { Kafka, logLevel } = load('kafkajs')

const SECONDS = 20
const env = name => process.env[`SCHLOSS_${name}`] || ''
const MECHANISM = env('MECHANISM')
const topic = env('TOPIC')

function login () {
  const ssl = { ca: [fs.readFileSync(env('CA'))] }
  if (MECHANISM === 'X509') {
    return { ssl: { ...ssl, cert: fs.readFileSync(env('CERTIFICATE')), key: fs.readFileSync(env('KEY')) } }
  }
  const sasl = { mechanism: MECHANISM.toLowerCase(), username: env('USER'), password: env('PASSWORD') }
  if (MECHANISM === 'OAUTHBEARER') {
    return { ssl, sasl: { mechanism: 'oauthbearer', oauthBearerProvider: async () => ({ value: env('TOKEN') }) } }
  }
  return { ssl, sasl }
}

const kafka = new Kafka({
  brokers: [env('BOOTSTRAP')], logLevel: logLevel.NOTHING, retry: { retries: 2 }, ...login()
})

async function produce () {
  const producer = kafka.producer()
  try {
    await producer.connect()
    await producer.send({ topic, messages: [{ value: env('ROW'), partition: 0 }] })
  } finally {
    await producer.disconnect()
  }
}

async function read () {
  const consumer = kafka.consumer({ groupId: topic })
  try {
    await consumer.connect()
    await consumer.subscribe({ topic, fromBeginning: true })
    return await new Promise((resolve, reject) => {
      consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error))
      consumer.run({ eachMessage: async ({ message }) => resolve(message.value.toString()) })
    })
  } finally {
    await consumer.disconnect()
  }
}

async function run () {
  await produce()
  const found = await read()
  if (found !== env('ROW')) {
    throw new Error(`the row is ${found}`)
  }
}

function inTime (promise) {
  const late = new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error(`not within ${SECONDS} s`)), SECONDS * 1000)
  })
  return Promise.race([promise, late])
}

function outcomeOf (error) {
  const cause = error.cause || error
  const isRefusal = cause.name === 'KafkaJSSASLAuthenticationError' || /SSL/.test(cause.message)
  return `${isRefusal ? 'refused' : 'failed'} ${String(cause).replace(/\s+/g, ' ')}`
}

async function main () {
  console.log('version', load('kafkajs/package.json').version)
  if (MECHANISM === 'GSSAPI') {
    console.log('login absent it has no such mechanism')
    process.exit(0)
  }
  try {
    await inTime(run())
    console.log('login ok')
  } catch (error) {
    console.log('login', outcomeOf(error))
  }
  process.exit(0)
}

main()
