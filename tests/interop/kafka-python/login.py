"""login - kafka-python logs in once, produces a row, reads it back. See ../README.md."""

import os
import sys

import kafka
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.net.sasl.oauth import AbstractTokenProvider

sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import contract  # noqa: E402  pylint: disable=wrong-import-position

# It tries again for as long as it may, and says what was wrong to its log.
REFUSALS = ("SaslAuthenticationFailed", "[SSL")


class Token(AbstractTokenProvider):
    def token(self):
        return contract.TOKEN


def settings():
    base = {"bootstrap_servers": contract.BOOTSTRAP, "ssl_cafile": contract.CA,
            "bootstrap_timeout_ms": 5000, "reconnect_backoff_ms": 5000}
    if contract.IS_BY_CERTIFICATE:
        return base | {"security_protocol": "SSL", "ssl_certfile": contract.CERTIFICATE[0],
                       "ssl_keyfile": contract.CERTIFICATE[1]}
    base |= {"security_protocol": "SASL_SSL", "sasl_mechanism": contract.MECHANISM}
    if contract.MECHANISM == "OAUTHBEARER":
        return base | {"sasl_oauth_token_provider": Token()}
    if contract.MECHANISM == "GSSAPI":
        return base | {"sasl_kerberos_service_name": "kafka"}  # with the ticket of the cache
    return base | {"sasl_plain_username": contract.USER[0],
                   "sasl_plain_password": contract.USER[1]}


def produce():
    producer = KafkaProducer(**settings())
    try:
        producer.send(contract.TOPIC, contract.ROW, partition=0).get(contract.LOGIN_SECONDS)
    finally:
        producer.close(5)


def read():
    consumer = KafkaConsumer(**settings())
    try:
        place = TopicPartition(contract.TOPIC, 0)
        consumer.assign([place])
        consumer.seek(place, 0)
        batches = contract.until(lambda: consumer.poll(timeout_ms=1000), "a row",
                                 contract.LOGIN_SECONDS)
        return batches[place][0].value
    finally:
        consumer.close()


def run():
    heard = contract.Heard("kafka")
    try:
        produce()
    except Exception as e:
        if any(word in heard.text() for word in REFUSALS):
            raise contract.Refused(heard.text()) from e
        raise AssertionError(f"{e!r}: {heard.text()}") from e
    return read()


contract.report_login(kafka.__version__, run)
