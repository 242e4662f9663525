#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.hpp"
#include "base/fuzz_corpus.hpp"
#include "feed/line_pump.hpp"

// Any bytes as a record, as a line, and as a stream of lines: each is a row change within its limits, or
// refused.

namespace blotter::feed {
namespace {

void check_changes(const change_batch& batch) {
  for (const auto& change : batch.changes) {
    check(!change.client.empty() && change.client.size() <= table::client_id_size_max);
    check(!change.key.empty() && change.key.size() <= table::row_key_size_max);
    check(change.value.size() <= table::row_value_size_max);
    check(change.value.empty() == (change.kind == table::change_kind::erase));
    check(change.value.find_first_of("\r\n") == change.value.npos);
  }
}

struct checked : outlet {
  bool put(event what) override {
    check_changes(std::get<change_batch>(what));
    return true;
  }
};

/// The input's first byte says how many of the others are the key.
void any_record(record_parser& parser, std::string_view input) {
  change_batch batch;
  const std::size_t key_size = input.empty() ? 0 : static_cast<unsigned char>(input.front());
  const std::string_view rest = input.substr(input.empty() ? 0 : 1);
  const std::string_view key = rest.substr(0, key_size), value = rest.substr(key.size());
  std::size_t taken = 0;
  taken += !parser.parse({key, value, 0, 0, {}}, batch);
  taken += !parser.parse({"c1_AAPL", rest, 0, 0, {}}, batch);
  taken += !parser.parse({key, std::nullopt, 0, 0, {}}, batch);
  taken += !parser.parse_line({std::nullopt, rest, 0, 0, {}}, batch);
  check(batch.changes.size() == taken);
  check_changes(batch);
}

/// Records as producers write them, keyed as any_record() takes them apart, and lines.
std::vector<std::string> seeds() {
  return {
      "\x07"
      R"(c1_AAPL{"clientId":"c1","ticker":"AAPL","quantity":100,"price":187.25})",
      "\x07"
      R"(c1_AAPL{"clientId":"\u0063\u0031","tick\u0065r":"AAPL","nested":[{"a":[[]]},"\ud83d\ude00"]})",
      "\x03"
      R"(c_A{"key":"c1_AAPL","value":{"clientId":"c1"}})",
      R"( {"key":"c1_AAPL","value":null})"
      "\n"
      R"({"clientId":17,"ticker":"A"})"
      "\r\n",
      "",
      "\xFF",
      std::string("\x02_\x00{}", 5)};
}

}  // namespace
}  // namespace blotter::feed

extern "C" int LLVMFuzzerInitialize(int* count, char*** arguments) {
  blotter::fuzz::plant(*count, *arguments, blotter::feed::seeds());
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace blotter::feed;
  static record_parser parser{record_mapping{}};
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  any_record(parser, input);
  checked out;
  reject_ledger rejects;
  line_pump pump(record_mapping{}, rejects, out);
  blotter::check(pump.take(input.substr(0, size / 3), {}) && pump.take(input.substr(size / 3), {}));
  blotter::check(pump.end({}) && pump.flush());
  return 0;
}
