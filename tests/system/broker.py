"""A real Kafka broker by deploy/kafka, an ordinary producer, and an independent reader as the judge."""

import json
import os
import shutil
import subprocess
import tempfile
import threading
import time

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, Producer, TopicPartition

from harness import KAFKA, wait_for


class Broker:
    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="blotter-kafka-")
        self.address = None
        self._topics = 0
        self.start()

    def _tool(self, *arguments, check=True):
        done = subprocess.run([KAFKA, *arguments, "--dir", self.dir], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              timeout=120, check=False)
        assert not check or done.returncode == 0, (arguments, done.stdout, done.stderr)
        return done.stdout.decode().strip()

    def start(self):
        self.address = self._tool("start")

    def kill(self):
        self._tool("kill")

    def stop(self):
        self._tool("stop")

    def freeze(self):
        self._tool("freeze")

    def thaw(self):
        self._tool("thaw")

    def kill_and_restart_after(self, condition):
        """Kills at once; starts again as soon as `condition` holds."""
        self.kill()
        try:
            wait_for(condition, "noticed that the broker is gone")
        finally:
            self.start()

    def heal(self):
        """It runs."""
        self._tool("thaw", check=False)
        self._tool("start", check=False)

    def close(self):
        self._tool("kill", check=False)
        shutil.rmtree(self.dir, ignore_errors=True)

    def create(self, name, partitions, **config):
        settings = [f"{k.replace('_', '.')}={v}" for k, v in config.items()]
        config = ["--config", *settings] if settings else []
        self._tool("topic", "create", name, "--partitions", str(partitions), *config)
        return f"kafka://{self.address}/{name}"

    def new_topic(self, partitions, **config):
        """(name, feed address) of a topic of its own."""
        self._topics += 1
        name = f"rows-{os.getpid()}-{self._topics}"
        return name, self.create(name, partitions, **config)

    def delete(self, name):
        self._tool("topic", "delete", name)

    def add_partitions(self, name, partitions):
        self._tool("topic", "alter", name, "--partitions", str(partitions))

    def producer(self, **settings):
        return Rows(self.address, settings)

    def read(self, topic):
        """Every record of the topic that is not compacted away, by a reader that knows nothing of Blotter."""
        consumer = Consumer({
            "bootstrap.servers": self.address, "group.id": "judge", "enable.auto.commit": False,
            "enable.partition.eof": True, "auto.offset.reset": "error", "log_level": 0})
        try:
            known = consumer.list_topics(topic, 10).topics[topic].partitions
            consumer.assign([TopicPartition(topic, p, OFFSET_BEGINNING) for p in known])
            ended, records, until = set(), [], time.monotonic() + 60
            while len(ended) < len(known):
                assert time.monotonic() < until, "the judge could not read the topic"
                for message in consumer.consume(1000, 0.2):
                    if message.error() is None:
                        records.append(message)
                    elif message.error().code() == KafkaError._PARTITION_EOF:
                        ended.add(message.partition())
            return records
        finally:
            consumer.close()

    def tables(self, topic):
        """What each client's viewers must have: {client: {row: ((partition, offset), value)}}."""
        last = {}
        for m in self.read(topic):
            before = last.get(m.key())
            if before is None or newer(m, before):
                last[m.key()] = m
        tables = {}
        for key, m in last.items():
            client, row = key.decode().split("_", 1)
            table = tables.setdefault(client, {})
            if m.value() is not None:
                table[row] = ((m.partition(), m.offset()), json.loads(m.value()))
        return tables


def newer(one, other):
    """By offset within a partition; a row found in two partitions is as new as its time."""
    if one.partition() == other.partition():
        return one.offset() > other.offset()
    return one.timestamp()[1] >= other.timestamp()[1]


class Rows:
    """Produces rows. `put` may be called from one thread only; `flush` fails when a record was not taken."""

    def __init__(self, address, settings):
        self._producer = Producer({
            "bootstrap.servers": address, "acks": "all", "enable.idempotence": True, "log_level": 0,
            "reconnect.backoff.ms": 50, "reconnect.backoff.max.ms": 250, "message.timeout.ms": 60000,
            "queue.buffering.max.messages": 200000, "linger.ms": 2, **settings})
        self.failed = []

    def _report(self, error, _):
        if error is not None:
            self.failed.append(str(error))

    def record(self, topic, key, value, **where):
        while True:
            try:
                self._producer.produce(topic, key=key, value=value, on_delivery=self._report, **where)
                return self._producer.poll(0)
            except BufferError:
                self._producer.poll(0.1)

    def put(self, topic, client, row, **fields):
        value = None if fields.pop("deleted", False) else json.dumps({"clientId": client, "ticker": row, **fields})
        self.record(topic, f"{client}_{row}", value)

    def delete(self, topic, client, row):
        self.put(topic, client, row, deleted=True)

    def flush(self, seconds=60):
        left = self._producer.flush(seconds)
        assert left == 0 and not self.failed, (left, self.failed[:3])


class Background(threading.Thread):
    """Runs a function beside the test; `result` waits for it and raises what it raised."""

    def __init__(self, function):
        super().__init__(daemon=True)
        self._function, self._error = function, None
        self.start()

    def run(self):
        try:
            self._function()
        except BaseException as error:  # handed on
            self._error = error

    def result(self, seconds=120):
        self.join(seconds)
        assert not self.is_alive(), "did not end"
        if self._error:
            raise self._error
