"""Clients in other languages, and the tests of their authors."""

from apps import jvm
from common import Context


def java(jars: str):
    """The Java client whose jars are in that directory."""

    def client(context: Context) -> None:
        context.walk(jvm(context, jars, "io.thalweg.kafkaclients.JavaClient", context.server.address, context.client))

    return client
