"""login - confluent-kafka logs in once, produces a row, reads it back. See ../README.md."""

import os
import sys
import time

import confluent_kafka
from confluent_kafka import KafkaError, KafkaException, TopicPartition

sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import contract  # noqa: E402  pylint: disable=wrong-import-position

REFUSALS = (KafkaError._AUTHENTICATION, KafkaError.SASL_AUTHENTICATION_FAILED,  # noqa: SLF001
            KafkaError._SSL)


def token(_):
    return contract.TOKEN, time.time() + 300


def settings(seen, **more):
    """seen: takes each error that the client tells."""
    base = {"bootstrap.servers": contract.BOOTSTRAP, "ssl.ca.location": contract.CA,
            "log_level": 0, "reconnect.backoff.ms": 5000, "error_cb": seen.append}
    if contract.IS_BY_CERTIFICATE:
        base |= {"security.protocol": "SSL", "ssl.certificate.location": contract.CERTIFICATE[0],
                 "ssl.key.location": contract.CERTIFICATE[1]}
    else:
        base |= {"security.protocol": "SASL_SSL", "sasl.mechanisms": contract.MECHANISM}
        base |= ({"sasl.kerberos.principal": contract.PRINCIPAL,
                  "sasl.kerberos.keytab": contract.KEYTAB}
                 if contract.MECHANISM == "GSSAPI" else {"oauth_cb": token} if contract.MECHANISM == "OAUTHBEARER" else
                 {"sasl.username": contract.USER[0], "sasl.password": contract.USER[1]})
    return base | more


def check_let_in(client, seen):
    """Waits until the client has the topic's metadata, or was refused."""
    deadline = time.monotonic() + contract.LOGIN_SECONDS
    while True:
        for error in seen:
            if error.code() in REFUSALS:
                raise contract.Refused(str(error))
        try:
            return client.list_topics(contract.TOPIC, 1)
        except KafkaException:
            if time.monotonic() > deadline:
                raise
        client.poll(0.1)


def produce():
    seen, failed = [], []
    producer = confluent_kafka.Producer(settings(seen))
    producer.poll(0.1)  # which asks for the token
    check_let_in(producer, seen)
    producer.produce(contract.TOPIC, contract.ROW, partition=0,
                     on_delivery=lambda e, m: failed.append(e) if e else None)
    contract.check_equal(producer.flush(contract.LOGIN_SECONDS), 0, "not delivered")
    if failed:
        raise KafkaException(failed[0])


def read():
    consumer = confluent_kafka.Consumer(settings([], **{"group.id": "login"}))
    try:
        consumer.assign([TopicPartition(contract.TOPIC, 0, 0)])
        message = contract.until(lambda: consumer.poll(1), "a row", contract.LOGIN_SECONDS)
        if message.error():
            raise KafkaException(message.error())
        return message.value()
    finally:
        consumer.close()


def run():
    try:
        produce()
    except KafkaException as e:
        if "No provider for SASL mechanism GSSAPI" in str(e):
            raise contract.Absent("its library was built without GSSAPI") from e
        raise
    return read()


contract.report_login(
    f"{confluent_kafka.__version__} (librdkafka {confluent_kafka.libversion()[0]})", run)
