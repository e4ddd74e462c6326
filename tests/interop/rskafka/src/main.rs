//! interop - rskafka against a running broker, feature by feature. See ../README.md.

use std::collections::BTreeMap;
use std::env;
use std::fmt::Debug;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use rskafka::client::error::{Error, ProtocolError};
use rskafka::client::partition::{Compression, OffsetAt, PartitionClient, UnknownTopicHandling};
use rskafka::client::{Client, ClientBuilder, Credentials, SaslConfig};
use rskafka::record::{Record, RecordAndOffset};
use rskafka::BackoffConfig;
use rustls::pki_types::{pem::PemObject, CertificateDer};

const ROWS: usize = 50;
const TOO_LARGE: usize = 2_000_000; // above the broker's message.max.bytes by default
const FEATURE_TIME: Duration = Duration::from_secs(30);
const WRONG_PASSWORD: &str = "this-is-not-the-password";

type Outcome = Result<(), String>;

fn setting(name: &str) -> String {
    env::var(format!("SCHLOSS_{name}")).unwrap_or_default()
}

fn topic_of(feature: &str) -> String {
    format!("{}-{feature}", setting("PREFIX"))
}

fn said(error: impl Debug) -> String {
    format!("{error:?}")
}

fn check(condition: bool, what: &str) -> Outcome {
    if condition { Ok(()) } else { Err(what.to_string()) }
}

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp_millis(Utc::now().timestamp_millis()).unwrap() // as records have it
}

/// Compressible, different for each row, and with every byte somewhere.
fn row(i: usize, timestamp: DateTime<Utc>) -> Record {
    let mut value = format!("row {i} ").repeat(5).into_bytes();
    value.extend((0..40).map(|j| (i * 11 + j) as u8));
    Record {
        key: Some(format!("key-{i}").into_bytes()),
        value: Some(value),
        headers: BTreeMap::new(),
        timestamp,
    }
}

fn rows(begin: DateTime<Utc>) -> Vec<Record> {
    (0..ROWS).map(|i| row(i, begin + TimeDelta::seconds(i as i64))).collect()
}

/// These very records, at these very offsets.
fn check_records(found: &[RecordAndOffset], wanted: &[Record], first: i64) -> Outcome {
    check(found.len() == wanted.len(), "another number of records")?;
    for (i, (f, w)) in found.iter().zip(wanted).enumerate() {
        check(f.offset == first + i as i64, "another offset")?;
        check(f.record == *w, &format!("record {i} is not what was sent"))?;
    }
    Ok(())
}

async fn client_of(user: String, password: String) -> Result<Client, Error> {
    let mut roots = rustls::RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(setting("CA")).expect("the CA's file") {
        roots.add(certificate.expect("a certificate")).expect("an authority");
    }
    let tls = rustls::ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    // A deadline below the first pause: without one it would try for ever, and with a longer one
    // a broker that is wary of the address would hide the first reason.
    let backoff = BackoffConfig {
        init_backoff: Duration::from_secs(3),
        deadline: Some(Duration::from_secs(2)),
        ..Default::default()
    };
    ClientBuilder::new(vec![setting("BOOTSTRAP")])
        .tls_config(Arc::new(tls))
        .sasl_config(SaslConfig::Plain(Credentials::new(user, password)))
        .backoff_config(backoff)
        .build()
        .await
}

async fn us() -> Result<Client, String> {
    client_of(setting("USER"), setting("PASSWORD")).await.map_err(said)
}

async fn partition_of(client: &Client, topic: &str) -> Result<PartitionClient, Error> {
    client.partition_client(topic, 0, UnknownTopicHandling::Error).await
}

async fn created(topic: &str) -> Result<PartitionClient, String> {
    let client = us().await?;
    let controller = client.controller_client().map_err(said)?;
    controller.create_topic(topic, 1, 1, 5_000).await.map_err(said)?;
    partition_of(&client, topic).await.map_err(said)
}

async fn read(partition: &PartitionClient, first: i64, count: usize)
    -> Result<Vec<RecordAndOffset>, Error> {
    let mut found = Vec::new();
    while found.len() < count {
        let next = first + found.len() as i64;
        let (records, _) = partition.fetch_records(next, 1..1_000_000, 1_000).await?;
        found.extend(records.into_iter().filter(|r| r.offset >= next));
    }
    Ok(found)
}

async fn through_and_back(topic: String, records: Vec<Record>, compression: Compression)
    -> Outcome {
    let partition = created(&topic).await?;
    let offsets = partition.produce(records.clone(), compression).await.map_err(said)?;
    check(offsets == (0..records.len() as i64).collect::<Vec<_>>(), "offsets of the answer")?;
    check_records(&read(&partition, 0, records.len()).await.map_err(said)?, &records, 0)
}

async fn codec(name: &str, compression: Compression) -> Outcome {
    through_and_back(topic_of(name), rows(now()), compression).await
}

async fn connect() -> Outcome {
    us().await?.list_topics().await.map_err(said).map(|_| ())
}

async fn admin() -> Outcome {
    let topic = topic_of("admin");
    let client = us().await?;
    let controller = client.controller_client().map_err(said)?;
    controller.create_topic(&topic, 3, 1, 5_000).await.map_err(said)?;
    let topics = client.list_topics().await.map_err(said)?;
    let found = topics.iter().find(|t| t.name == topic).ok_or("the topic is not listed")?;
    check(found.partitions.len() == 3, "not 3 partitions")?;
    controller.delete_topic(&topic, 5_000).await.map_err(said)?;
    while client.list_topics().await.map_err(said)?.iter().any(|t| t.name == topic) {}
    Ok(())
}

async fn offset() -> Outcome {
    let sent = rows(now());
    let partition = created(&topic_of("offset")).await?;
    partition.produce(sent.clone(), Compression::NoCompression).await.map_err(said)?;
    check_records(&read(&partition, 30, 20).await.map_err(said)?, &sent[30..], 30)
}

async fn timestamp() -> Outcome {
    let begin = now() - TimeDelta::seconds(100);
    let sent = rows(begin);
    let partition = created(&topic_of("timestamp")).await?;
    partition.produce(sent.clone(), Compression::NoCompression).await.map_err(said)?;
    let between = begin + TimeDelta::milliseconds(19_500); // two rows: the later one counts
    let at = partition.get_offset(OffsetAt::Timestamp(between)).await.map_err(said)?;
    check(at == 20, &format!("the offset for the timestamp is {at}, not 20"))?;
    check_records(&read(&partition, at, 30).await.map_err(said)?, &sent[20..], 20)
}

async fn headers() -> Outcome {
    let mut record = row(0, now());
    record.headers = BTreeMap::from([
        ("text".to_string(), b"abc".to_vec()),
        ("bytes".to_string(), (0..=255).collect()),
        ("empty".to_string(), Vec::new()),
    ]);
    through_and_back(topic_of("headers"), vec![record], Compression::NoCompression).await
}

async fn tombstone() -> Outcome {
    let (null, mut empty, mut no_key) = (row(0, now()), row(1, now()), row(2, now()));
    let null = Record { value: None, ..null };
    empty.value = Some(Vec::new());
    no_key.key = None;
    let sent = vec![null, empty, no_key];
    through_and_back(topic_of("tombstone"), sent, Compression::NoCompression).await
}

fn refused<T>(result: Result<T, Error>, wanted: ProtocolError, what: &str) -> Outcome {
    match result {
        Err(Error::ServerError { protocol_error, .. }) if protocol_error == wanted => Ok(()),
        Err(e) => Err(format!("{what}: {e:?}")),
        Ok(_) => Err(format!("{what} was not refused")),
    }
}

async fn errors() -> Outcome {
    let topic = topic_of("errors");
    let ours = created(&topic).await?;
    ours.produce(rows(now()), Compression::NoCompression).await.map_err(said)?;

    let others = client_of(setting("OTHER_USER"), setting("OTHER_PASSWORD")).await.map_err(said)?;
    let others = partition_of(&others, &topic).await;
    refused(others, ProtocolError::TopicAuthorizationFailed, "another's metadata")?;
    let beyond = ours.fetch_records(1_000, 1..1_000, 1_000).await;
    refused(beyond, ProtocolError::OffsetOutOfRange, "an offset out of range")?;
    let large = vec![Record { value: Some(vec![0; TOO_LARGE]), ..row(0, now()) }];
    let large = ours.produce(large, Compression::NoCompression).await;
    refused(large, ProtocolError::MessageTooLarge, "too large a message")?;

    match client_of(setting("USER"), WRONG_PASSWORD.to_string()).await {
        Err(e) if said(&e).contains("SaslAuthenticationFailed") => Ok(()),
        other => Err(format!("a wrong password: {other:?}")),
    }
}

/// Whether this is one of those in SCHLOSS_FEATURES, where that is set.
fn is_chosen(name: &str) -> bool {
    let chosen = setting("FEATURES");
    chosen.is_empty() || chosen.split([' ', ',']).any(|c| c == name)
}

async fn tell(name: &str, run: impl Future<Output = Outcome>) -> bool {
    if !is_chosen(name) {
        return true;
    }
    let outcome = tokio::time::timeout(FEATURE_TIME, run).await;
    match outcome.unwrap_or_else(|_| Err(format!("not within {FEATURE_TIME:?}"))) {
        Ok(()) => println!("{name} ok"),
        Err(reason) => {
            println!("{name} failed {}", reason.split_whitespace().collect::<Vec<_>>().join(" "));
            return false;
        }
    }
    true
}

fn absent(name: &str, reason: &str) {
    if is_chosen(name) {
        println!("{name} absent {reason}");
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    println!("version {}", version());
    let mut good = tell("connect", connect()).await;
    good &= tell("admin", admin()).await;
    absent("configs", "it has no such requests");
    good &= tell("none", codec("none", Compression::NoCompression)).await;
    good &= tell("gzip", codec("gzip", Compression::Gzip)).await;
    good &= tell("snappy", codec("snappy", Compression::Snappy)).await;
    good &= tell("lz4", codec("lz4", Compression::Lz4)).await;
    good &= tell("zstd", codec("zstd", Compression::Zstd)).await;
    absent("acks0", "it always asks for all");
    absent("acks1", "it always asks for all");
    let all = through_and_back(topic_of("acksall"), rows(now()), Compression::NoCompression);
    good &= tell("acksall", all).await;
    good &= tell("offset", offset()).await;
    good &= tell("timestamp", timestamp()).await;
    good &= tell("headers", headers()).await;
    good &= tell("tombstone", tombstone()).await;
    absent("group", "it knows no groups");
    good &= tell("errors", errors()).await;
    std::process::exit(if good { 0 } else { 1 });
}

/// That of rskafka, as Cargo.lock has it.
fn version() -> &'static str {
    let lock = include_str!("../Cargo.lock");
    let (_, after) = lock.split_once("name = \"rskafka\"\nversion = \"").unwrap_or(("", "?\""));
    after.split('"').next().unwrap_or("?")
}
