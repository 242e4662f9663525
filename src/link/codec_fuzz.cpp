#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "base/check.hpp"
#include "base/fuzz_corpus.hpp"
#include "link/sample_messages.hpp"
#include "link/sample_streams.hpp"
#include "link/session.hpp"

// Any bytes as a frame's body at either end, and as a stream to either end of a link: a message within its
// bounds, or an error; never memory out of proportion. The first byte says which.

namespace blotter::link {
namespace {

template <class Message>
result<heard<Message>> decoded(std::string_view body) {
  // As aligned as the reader has it.
  const auto aligned = std::make_unique_for_overwrite<char[]>(body.size() + 1);
  std::memcpy(aligned.get(), body.data(), body.size());
  return decode<Message>({aligned.get(), body.size()});
}

/// What is taken for a message can be said again, and is then the same.
template <class Message>
void any_body(std::string_view body) {
  const auto what = decoded<Message>(body);
  if (!what) return;
  const auto frames_of = [](const auto& each) { return sample::frames_of(each); };
  const std::string again = std::visit(frames_of, *what);
  if (again.size() <= frame_head_size) return;  // nothing in it: no frame
  if (std::uint32_t size; std::memcpy(&size, again.data() + 4, 4), size + frame_head_size != again.size())
    return;
  const auto same = decoded<Message>(std::string_view(again).substr(frame_head_size));
  check(same.has_value() && std::visit(frames_of, *same) == again);
}

template <class Session, class Hears>
struct listening : Session::ear {
  void up(const hello&) override {}
  void received(Hears&&) override { ++messages; }
  std::uint64_t messages = 0;
};

template <class Session, class Hears>
void any_stream(std::string_view bytes) {
  constexpr instant start{std::chrono::hours(1)};
  Session session({.self = {protocol_version, "c", "me", {}}, .peer_expected = {}}, start);
  listening<Session, Hears> ear;
  while (!bytes.empty()) {
    const auto room = session.room();
    check(!room.empty());
    const std::size_t size = std::min({room.size(), bytes.size(), std::size_t{257}});
    std::memcpy(room.data(), bytes.data(), size);
    bytes.remove_prefix(size);
    session.arrived(size, start, ear);
  }
  check(ear.messages <= session.messages_heard());
}

/// What the fuzzer begins with: every message alone, and as it comes behind a hello.
std::vector<std::string> seeds() {
  std::vector<std::string> made;
  const auto seed = [&](char which, const std::string& bytes) { made.push_back(which + bytes); };
  const auto seed_both = [&](char body, char stream, role peer, const auto& messages) {
    const std::string greeting = sample::frames_of(hello{protocol_version, "c", "peer", peer});
    seed(body, greeting.substr(frame_head_size));
    seed(stream, greeting);
    std::string all = greeting;
    for (const auto& each : messages) {
      const std::string frame = sample::frames_of(each);
      seed(body, frame.substr(frame_head_size));
      all += frame;
      seed(stream, all);
    }
  };
  seed_both('\0', '\2', role::router, sample::all_to_node());
  seed_both('\1', '\3', role::node, sample::all_to_router());
  seed_both('\4', '\6', role::gateway, sample::all_to_serving_node());
  seed_both('\5', '\7', role::node, sample::all_to_gateway());
  return made;
}

}  // namespace
}  // namespace blotter::link

extern "C" int LLVMFuzzerInitialize(int* count, char*** arguments) {
  blotter::fuzz::plant(*count, *arguments, blotter::link::seeds());
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace blotter::link;
  if (size == 0) return 0;
  const std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 8) {
    case 0:
      any_body<to_node>(rest);
      break;
    case 1:
      any_body<to_router>(rest);
      break;
    case 2:
      any_stream<node_end, to_node>(rest);
      break;
    case 3:
      any_stream<router_end, to_router>(rest);
      break;
    case 4:
      any_body<to_serving_node>(rest);
      break;
    case 5:
      any_body<to_gateway>(rest);
      break;
    case 6:
      any_stream<serving_node_end, to_serving_node>(rest);
      break;
    default:
      any_stream<gateway_end, to_gateway>(rest);
  }
  return 0;
}
