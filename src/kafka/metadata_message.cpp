#include "kafka/metadata_message.hpp"

#include <algorithm>
#include <optional>

#include "kafka/error.hpp"
#include "table/position.hpp"

namespace blotter::kafka {
namespace {

constexpr std::int16_t metadata_api = 3;
constexpr std::int16_t metadata_version = 12;
constexpr std::int16_t unknown_topic_or_partition = 3;

template <class Int>
void put(std::string& out, Int value) {
  for (int shift = static_cast<int>(sizeof(Int)) * 8 - 8; shift >= 0; shift -= 8) {
    out += static_cast<char>((static_cast<std::uint64_t>(value) >> shift) & 0xFF);
  }
}

void put_varint(std::string& out, std::size_t value) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
  out += static_cast<char>(value);
}

// Reads big-endian numbers and the compact forms of KIP-482. After the first byte too few every read gives
// zero and `failed` stays set, so that a caller asks once at the end.
class byte_reader {
 public:
  explicit byte_reader(std::string_view bytes) : rest_(bytes) {}

  bool failed() const { return failed_; }

  std::string_view take(std::size_t size) {
    if (size > rest_.size()) {
      failed_ = true;
      rest_ = {};
      return {};
    }
    const auto taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }

  template <class Int>
  Int number() {
    std::uint64_t value = 0;
    for (const char c : take(sizeof(Int))) value = (value << 8) | static_cast<unsigned char>(c);
    return static_cast<Int>(value);
  }

  std::uint32_t varint() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 35; shift += 7) {
      const auto byte = number<std::uint8_t>();
      value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
      if (byte < 0x80 && value <= UINT32_MAX) return static_cast<std::uint32_t>(value);
    }
    failed_ = true;
    return 0;
  }

  // A length or count is written plus one; 0 is null, read as none. Each element of an array takes a byte at
  // least, so a count beyond the bytes left is a lie: refused before anything is reserved for it.
  std::size_t count() {
    const std::uint32_t plus_one = varint();
    if (plus_one == 0) return 0;
    if (plus_one - 1 > rest_.size()) {
      failed_ = true;
      return 0;
    }
    return plus_one - 1;
  }

  std::string_view text() { return take(count()); }

  void skip_tags() {
    for (std::uint32_t left = varint(); left > 0 && !failed_; --left) {
      varint();
      take(varint());
    }
  }

  void skip_numbers() { take(count() * sizeof(std::int32_t)); }

 private:
  std::string_view rest_;
  bool failed_ = false;
};

struct described_topic {
  std::int16_t error = 0;
  std::string_view name;
  topic_id id{};
  std::vector<std::int32_t> leader_epochs;
};

std::vector<broker_address> read_brokers(byte_reader& in) {
  constexpr std::size_t kept_max = 64;  // more addresses to ask would help nobody
  std::vector<broker_address> brokers;
  for (std::size_t left = in.count(); left > 0 && !in.failed(); --left) {
    in.number<std::int32_t>();  // node id
    const auto host = in.text();
    const auto port = in.number<std::int32_t>();
    in.text();  // rack
    in.skip_tags();
    if (brokers.size() < kept_max && !host.empty() && host.size() <= 255 && port > 0 && port <= 65535) {
      brokers.push_back({std::string(host), static_cast<std::uint16_t>(port)});
    }
  }
  return brokers;
}

// Partitions come in any order; an answer in which one is missing or named twice is refused.
void read_partitions(byte_reader& in, described_topic& topic, bool& malformed) {
  const std::size_t partitions = in.count();
  topic.leader_epochs.resize(partitions);
  std::vector<bool> seen(partitions);
  for (std::size_t i = 0; i < partitions && !in.failed(); ++i) {
    in.number<std::int16_t>();  // its error: no leader now, or so
    const auto index = in.number<std::uint32_t>();
    in.number<std::int32_t>();  // leader
    const auto epoch = in.number<std::int32_t>();
    for (int list = 0; list < 3; ++list) in.skip_numbers();  // replicas, those in sync, those offline
    in.skip_tags();
    if (index >= partitions || seen[index]) {
      malformed = true;
      return;
    }
    seen[index] = true;
    topic.leader_epochs[index] = epoch;
  }
}

}  // namespace

std::string metadata_request(std::string_view topic, std::int32_t correlation) {
  constexpr std::string_view client = "blotter";
  std::string body;
  put(body, metadata_api);
  put(body, metadata_version);
  put(body, correlation);
  put(body, static_cast<std::int16_t>(client.size()));
  body += client;
  body += '\0';           // no tags in the header
  put_varint(body, 2);    // one topic
  body.append(16, '\0');  // asked by name, not by id
  put_varint(body, topic.size() + 1);
  body += topic;
  body.append(4, '\0');  // no tags; create no topic; no list of rights; no tags
  std::string request;
  put(request, static_cast<std::uint32_t>(body.size()));
  return request + body;
}

result<topic_identity> read_metadata_answer(std::string_view answer, std::string_view topic,
                                            std::int32_t correlation) {
  if (answer.size() > metadata_answer_size_max) return errc::answer_too_long;
  byte_reader in(answer);
  bool malformed = in.number<std::int32_t>() != correlation;
  in.skip_tags();
  in.number<std::int32_t>();  // throttled for so many ms
  topic_identity identity;
  identity.brokers = read_brokers(in);
  identity.cluster = in.text();
  in.number<std::int32_t>();  // controller
  if (in.count() != 1) return errc::answer_malformed;
  described_topic described;
  described.error = in.number<std::int16_t>();
  described.name = in.text();
  const auto id = in.take(described.id.size());
  in.number<std::uint8_t>();  // internal to Kafka or not
  read_partitions(in, described, malformed);
  in.number<std::int32_t>();  // rights
  in.skip_tags();
  in.skip_tags();
  if (malformed || in.failed() || described.name != topic) return errc::answer_malformed;
  if (described.error == unknown_topic_or_partition) return errc::topic_missing;
  const std::size_t partitions = described.leader_epochs.size();
  if (described.error != 0 || partitions == 0) return errc::topic_refused;
  if (partitions > table::partition_max) return errc::answer_malformed;
  std::ranges::copy(id, identity.id.begin());
  identity.partitions = static_cast<std::uint32_t>(partitions);
  identity.leader_epochs = std::move(described.leader_epochs);
  return identity;
}

}  // namespace blotter::kafka
