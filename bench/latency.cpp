#include <atomic>
#include <thread>

#include "child.hpp"
#include "producer.hpp"
#include "readers.hpp"

// From produce() to the viewer against from produce() to a bare librdkafka consumer, of the same rows in the
// same run. The topic must exist and be empty enough: a row is {"clientId","ticker","sent_us",...}, 200 B.
//
//   bench_latency build/blotter HOST:PORT TOPIC [viewers 1000] [rows/s 20000] [seconds 10]

namespace {

/// Reads every partition from its end on, timing each row.
void consume(const std::string& brokers, const std::string& topic, const std::atomic<bool>& timing,
             const std::atomic<bool>& stop, std::vector<std::int64_t>& delays) {
  rd_kafka_t* consumer =
      bench::kafka_handle(RD_KAFKA_CONSUMER, {{"bootstrap.servers", brokers}, {"group.id", "bench"}});
  rd_kafka_poll_set_consumer(consumer);
  const rd_kafka_metadata_t* metadata = nullptr;
  rd_kafka_topic_t* handle = rd_kafka_topic_new(consumer, topic.c_str(), nullptr);
  if (rd_kafka_metadata(consumer, 0, handle, &metadata, 5000) != RD_KAFKA_RESP_ERR_NO_ERROR) std::exit(1);
  rd_kafka_topic_partition_list_t* all = rd_kafka_topic_partition_list_new(1);
  for (int p = 0; p < metadata->topics[0].partition_cnt; ++p)
    rd_kafka_topic_partition_list_add(all, topic.c_str(), p)->offset = RD_KAFKA_OFFSET_END;
  rd_kafka_assign(consumer, all);
  while (!stop) {
    rd_kafka_message_t* message = rd_kafka_consumer_poll(consumer, 50);
    if (!message) continue;
    if (!message->err && timing) {
      const std::string_view text(static_cast<const char*>(message->payload), message->len);
      const auto at = text.find("\"sent_us\":");
      if (at != std::string_view::npos) delays.push_back(bench::now_us() - std::atoll(text.data() + at + 10));
    }
    rd_kafka_message_destroy(message);
  }
  rd_kafka_topic_partition_list_destroy(all);
  rd_kafka_metadata_destroy(metadata);
  rd_kafka_topic_destroy(handle);
  rd_kafka_consumer_close(consumer);
  rd_kafka_destroy(consumer);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    std::fprintf(
        stderr,
        "usage: bench_latency build/blotter HOST:PORT TOPIC [viewers 1000] [rows/s 20000] [seconds 10]\n");
    return 2;
  }
  const std::string brokers = argv[2];
  const std::string topic = argv[3];
  const auto viewers = static_cast<unsigned>(argc > 4 ? std::stoul(argv[4]) : 1000);
  const double rate = argc > 5 ? std::stod(argv[5]) : 20000;
  const double seconds = argc > 6 ? std::stod(argv[6]) : 10;

  bench::child server({argv[1], "up", "--feed", "kafka://" + brokers + "/" + topic, "--http", "127.0.0.1:0"},
                      "listening on ");
  usleep(2'000'000);
  bench::readers all(server.port(), viewers, [](unsigned i) {
    char path[64];
    std::snprintf(path, sizeof path, "/v1/clients/client-%05u/events?beat=30", i + 1);
    return std::string(path);
  });
  all.run(20, [&] { return all.live == viewers; });

  std::atomic<bool> timing{false};
  std::atomic<bool> stop{false};
  std::atomic<std::uint64_t> produced{0};
  std::vector<std::int64_t> bare;
  std::thread consumer([&] { consume(brokers, topic, timing, stop, bare); });
  std::thread producer([&] { bench::produce(brokers, topic, viewers, rate, seconds + 3, produced); });
  all.run(3);  // warm-up
  timing = all.timing = true;
  const double cpu = server.cpu_seconds();
  all.run(seconds);
  const double used = server.cpu_seconds() - cpu;
  timing = all.timing = false;
  all.run(3);
  producer.join();
  stop = true;
  consumer.join();

  std::printf("%u viewers, %.0f rows/s for %.0f s: produced %llu, delivered %llu, blotter used %.2f CPU\n",
              viewers, rate, seconds, static_cast<unsigned long long>(produced.load()),
              static_cast<unsigned long long>(all.rows), used / seconds);
  std::printf("bare consumer: %s\n", bench::spread(bare).c_str());
  std::printf("viewers:       %s\n", bench::spread(all.delays).c_str());
}
