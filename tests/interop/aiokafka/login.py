"""login - aiokafka logs in once, produces a row, reads it back. See ../README.md."""

import asyncio
import os
import sys

import aiokafka
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.abc import AbstractTokenProvider
from aiokafka.helpers import create_ssl_context

sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import contract  # noqa: E402  pylint: disable=wrong-import-position

# The exception is that no broker could be reached; what was wrong is in its log.
REFUSALS = ("AuthenticationFailed", "[SSL")


class Token(AbstractTokenProvider):
    async def token(self):
        return contract.TOKEN


def settings():
    base = {"bootstrap_servers": contract.BOOTSTRAP}
    if contract.IS_BY_CERTIFICATE:
        return base | {"security_protocol": "SSL", "ssl_context": create_ssl_context(
            cafile=contract.CA, certfile=contract.CERTIFICATE[0],
            keyfile=contract.CERTIFICATE[1])}
    base |= {"security_protocol": "SASL_SSL", "sasl_mechanism": contract.MECHANISM,
             "ssl_context": create_ssl_context(cafile=contract.CA)}
    if contract.MECHANISM == "OAUTHBEARER":
        return base | {"sasl_oauth_token_provider": Token()}
    if contract.MECHANISM == "GSSAPI":
        return base | {"sasl_kerberos_service_name": "kafka",  # with the ticket of the cache
                       "sasl_kerberos_domain_name": "127.0.0.1"}
    return base | {"sasl_plain_username": contract.USER[0],
                   "sasl_plain_password": contract.USER[1]}


async def produce():
    producer = AIOKafkaProducer(**settings())
    try:
        await producer.start()
        await producer.send_and_wait(contract.TOPIC, contract.ROW, partition=0)
    finally:
        await producer.stop()


async def read():
    async with AIOKafkaConsumer(**settings()) as consumer:
        place = TopicPartition(contract.TOPIC, 0)
        consumer.assign([place])
        consumer.seek(place, 0)
        return (await consumer.getone()).value


def in_time(step):
    return asyncio.run(asyncio.wait_for(step(), contract.LOGIN_SECONDS))


def run():
    heard = contract.Heard("aiokafka")
    try:
        in_time(produce)
    except Exception as e:
        if any(word in heard.text() for word in REFUSALS):
            raise contract.Refused(heard.text()) from e
        raise AssertionError(f"{e!r}: {heard.text()}") from e
    return in_time(read)


contract.report_login(aiokafka.__version__, run)
