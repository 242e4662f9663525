"""Creates, alters, deletes and lists topics in milliseconds, where Kafka's own tools start a JVM for seconds."""

import argparse
import sys

try:
    from confluent_kafka import KafkaException
    from confluent_kafka.admin import AdminClient, ConfigResource, NewPartitions, NewTopic
except ImportError:
    sys.exit("kafka topic: confluent_kafka is missing (Debian package python3-confluent-kafka)")

TIMEOUT_S = 10


def settings_of(pairs):
    for pair in pairs:
        if "=" not in pair:
            sys.exit(f"kafka topic: --config {pair}: expected NAME=VALUE")
    return dict(pair.split("=", 1) for pair in pairs)


def wait_for(futures):
    for name, future in futures.items():
        try:
            future.result()
        except KafkaException as refused:
            sys.exit(f"kafka topic: {getattr(name, 'name', name)}: {refused.args[0].str()}")


def create(admin, options):
    topic = NewTopic(options.name, num_partitions=options.partitions or 1, replication_factor=1,
                     config=settings_of(options.config))
    wait_for(admin.create_topics([topic], operation_timeout=TIMEOUT_S, request_timeout=TIMEOUT_S))


def alter(admin, options):
    if options.partitions:
        wait_for(admin.create_partitions([NewPartitions(options.name, options.partitions)],
                                         request_timeout=TIMEOUT_S))
    wanted = settings_of(options.config)
    if wanted:
        # The protocol replaces all settings of the topic, so those it has are sent again.
        which = ConfigResource(ConfigResource.Type.TOPIC, options.name)
        try:
            present = admin.describe_configs([which], request_timeout=TIMEOUT_S)[which].result()
        except KafkaException as refused:
            sys.exit(f"kafka topic: {options.name}: {refused.args[0].str()}")
        kept = {name: entry.value for name, entry in present.items() if entry.source == 1}  # 1: set on the topic
        resource = ConfigResource(ConfigResource.Type.TOPIC, options.name, set_config={**kept, **wanted})
        wait_for(admin.alter_configs([resource], request_timeout=TIMEOUT_S))


def delete(admin, options):
    wait_for(admin.delete_topics([options.name], operation_timeout=TIMEOUT_S, request_timeout=TIMEOUT_S))


def show(admin, options):
    for name, topic in sorted(admin.list_topics(timeout=TIMEOUT_S).topics.items()):
        if options.name in (None, name):
            print(name, len(topic.partitions))


def main():
    parser = argparse.ArgumentParser(prog="kafka topic", description=__doc__)
    parser.add_argument("--brokers", required=True, help=argparse.SUPPRESS)
    commands = parser.add_subparsers(dest="command", required=True)
    for function, text in ((create, "make a topic"), (alter, "add partitions, change settings"),
                           (delete, "remove a topic and its records"), (show, "print topics and partitions")):
        command = commands.add_parser("list" if function is show else function.__name__, help=text)
        command.set_defaults(run=function)
        command.add_argument("name", metavar="NAME", nargs="?" if function is show else None)
        if function in (create, alter):
            command.add_argument("--partitions", type=int, default=0, metavar="N")
            command.add_argument("--config", nargs="+", default=[], action="extend", metavar="NAME=VALUE")
    arguments = sys.argv[1:]
    if arguments[-1:] == ["help"]:
        arguments[-1] = "--help"
    options = parser.parse_args(arguments)
    if not options.brokers:
        sys.exit("kafka topic: no broker known here (start one, or give --port, or set KAFKA_BROKERS)")
    admin = AdminClient({"bootstrap.servers": options.brokers, "log_level": 0})
    try:
        options.run(admin, options)
    except KafkaException as failed:
        sys.exit(f"kafka topic: no answer from {options.brokers}: {failed.args[0].str()}")


main()
