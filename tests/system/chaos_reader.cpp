#include <fstream>
#include <iostream>
#include <iterator>
#include <sstream>

#include "chaos_viewers.hpp"

// Writes rows, watches them through gateways with many viewers, and holds each event to the invariants.
// tests/system/big_chaos.py starts it. Commands are lines of standard input, answers lines of JSON:
//
//   go | pause | state | window | spread | dump FILE | end
//
// `window` tells what was since the last one. Unasked it says each violation, and a line a second.
//
//   chaos_reader HOST:PORT TOPIC VIEWERS CLIENTS ROWS_EACH RATE SEED BEAT_S GATEWAY_PORT...
//   chaos_reader check CLIENT < STREAM      holds a recorded stream to them; exit 1 when it does not stand

namespace {

using namespace chaos;

constexpr unsigned violations_said_max = 500;  // of each process; all are counted

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char each : text) {
    if (each == '"' || each == '\\') out += '\\';
    out += each < ' ' && each >= 0 ? ' ' : each;
  }
  return out + "\"";
}

/// Sorts them.
std::string spread(std::vector<std::int64_t>& all) {
  std::sort(all.begin(), all.end());
  const auto at = [&](double q) {
    if (all.empty()) return 0.;
    return static_cast<double>(all[static_cast<std::size_t>(q * static_cast<double>(all.size() - 1))]) / 1000;
  };
  std::ostringstream text;
  text << "\"n\":" << all.size() << ",\"p50_ms\":" << at(0.5) << ",\"p99_ms\":" << at(0.99)
       << ",\"max_ms\":" << at(1);
  return text.str();
}

std::string text_of(const figures& f) {
  std::ostringstream text;
  text << "\"rows\":" << f.rows << ",\"lost\":" << f.lost << ",\"silent\":" << f.silent
       << ",\"byes\":" << f.byes << ",\"refused\":" << f.refused << ",\"connects\":" << f.connects;
  return text.str();
}

class reader {
 public:
  reader(char** words, int count)
      : shape_{number(words[4]), number(words[5]), std::stod(words[6]), std::stoull(words[7])},
        rows_(words[1], words[2], shape_),
        viewers_(ports(words + 9, count - 9), number(words[3]), shape_, number(words[8]), rows_,
                 [this](const char* kind, const std::string& text) { wrong(kind, text); }) {
    epoll_event wanted{};
    wanted.events = EPOLLIN;
    wanted.data.u32 = input;
    epoll_ctl(viewers_.epoll(), EPOLL_CTL_ADD, STDIN_FILENO, &wanted);
  }

  void run() {
    std::int64_t watched = 0, told = now_us();
    epoll_event found[256];
    while (!ending_) {
      const int ready = epoll_wait(viewers_.epoll(), found, 256, 10);
      for (int i = 0; i < ready; ++i)
        found[i].data.u32 == input ? commands() : viewers_.ready(found[i].data.u32, found[i].events);
      const std::int64_t now = now_us();
      if (now - watched > 20'000 && (ready < 256 || now - watched > 200'000)) {
        watched = now;
        viewers_.watch();
      }
      if (pausing_ && rows_.paused()) {
        pausing_ = false;
        say("\"paused\":" + std::to_string(rows_.produced()));
      }
      if (now - told >= 1'000'000) {
        told = now;
        tick(now);
      }
    }
  }

 private:
  static constexpr std::uint32_t input = ~0u;

  static unsigned number(const char* text) { return static_cast<unsigned>(std::stoul(text)); }
  static std::vector<std::uint16_t> ports(char** words, int count) {
    std::vector<std::uint16_t> all;
    for (int i = 0; i < count; ++i) all.push_back(static_cast<std::uint16_t>(number(words[i])));
    return all;
  }
  static void say(const std::string& fields) {
    std::printf("{%s}\n", fields.c_str());
    std::fflush(stdout);
  }

  void wrong(const char* kind, const std::string& text) {
    ++wrong_[kind];
    if (++violations_ <= violations_said_max)
      say("\"violation\":" + quoted(kind) + ",\"text\":" + quoted(text));
  }

  void commands() {
    char buffer[4096];
    const ssize_t size = read(STDIN_FILENO, buffer, sizeof buffer);
    if (size <= 0) {
      ending_ = true;
      return;
    }
    typed_.append(buffer, static_cast<std::size_t>(size));
    for (auto end = typed_.find('\n'); end != std::string::npos; end = typed_.find('\n')) {
      command(typed_.substr(0, end));
      typed_.erase(0, end + 1);
    }
  }

  void command(const std::string& what) {
    if (what == "go") rows_.go();
    if (what == "pause") rows_.pause(), pausing_ = true;
    if (what == "state") say("\"state\":{" + state() + "}");
    if (what == "window") window();
    if (what == "spread") viewers_.spread();
    if (what.starts_with("dump ")) dump(what.substr(5));
    if (what == "end") ending_ = true;
  }

  std::string state() {
    unsigned live = 0, stale = 0;
    for (const auto& each : viewers_.all())
      live += each.fd >= 0 && each.answered && each.rows.live(), stale += each.rows.stale();
    return "\"live\":" + std::to_string(live) + ",\"stale\":" + std::to_string(stale);
  }

  void tick(std::int64_t now) {
    figures& f = viewers_.second;
    say("\"tick\":" + std::to_string(now / 1000) + ",\"produced\":" + std::to_string(rows_.produced()) + "," +
        state() + "," + text_of(f) + "," + spread(f.late));
    f = {};
  }

  void window() {
    std::vector<std::int64_t> worst;
    std::map<std::string, unsigned> resets = std::move(resets_);
    resets_.clear();
    std::uint64_t stale = 0, verified = 0, most = 0;
    std::string latest;
    for (auto& each : viewers_.all()) {
      if (each.worst > 0) worst.push_back(each.worst);
      if (static_cast<std::uint64_t>(each.worst) > most)
        most = static_cast<std::uint64_t>(each.worst),
        latest = each.rows.client() + " by " + each.rows.member();
      for (const auto& [reason, times] : each.rows.resets) resets[reason] += times;
      stale += each.rows.stale_told > 0;
      verified += each.rows.verified;
      each.rows.resets.clear();
      each.rows.verified = each.rows.stale_told = 0;
      each.worst = 0;
    }
    std::ostringstream text;
    text << "\"window\":{" << text_of(viewers_.window) << "," << spread(worst)
         << ",\"latest\":" << quoted(latest) << ",\"told_stale\":" << stale << ",\"verified\":" << verified
         << ",\"resets\":" << counts(resets) << ",\"violations\":" << counts(wrong_) << "}";
    viewers_.window = {};
    say(text.str());
  }

  static std::string counts(const std::map<std::string, unsigned>& all) {
    std::string text = "{";
    for (const auto& [name, times] : all)
      text += (text.size() > 1 ? "," : "") + quoted(name) + ":" + std::to_string(times);
    return text + "}";
  }

  /// A line for each row of each viewer: viewer, client, key, partition, offset, number.
  void dump(const std::string& path) {
    std::ofstream file(path);
    unsigned i = 0;
    for (const auto& each : viewers_.all()) {
      file << i << ' ' << each.rows.client() << '\n';
      for (const auto& [key, row] : each.rows.rows())
        if (row.here)
          file << i << ' ' << each.rows.client() << ' ' << key << ' ' << row.at.partition << ' '
               << row.at.offset << ' ' << row.number << '\n';
      ++i;
    }
    file.close();
    say("\"dumped\":" + quoted(path));
  }

  shape shape_;
  producer rows_;
  viewers viewers_;
  std::map<std::string, unsigned> wrong_, resets_;
  unsigned violations_ = 0;
  bool pausing_ = false, ending_ = false;
  std::string typed_;
};

/// A recorded stream; a line `-- connect` begins a new connection.
int check(const char* client) {
  unsigned wrong = 0;
  table one(client, [&](const char* kind, const std::string& text) {
    ++wrong;
    std::printf("%s: %s\n", kind, text.c_str());
  });
  const std::string text((std::istreambuf_iterator<char>(std::cin)), {});
  std::string_view rest = text;
  for (auto end = rest.find("\n\n"); end != std::string_view::npos; end = rest.find("\n\n")) {
    if (rest.starts_with("-- connect"))
      one.connected();
    else
      one.take(parse(rest.substr(0, end)));
    rest.remove_prefix(end + 2);
  }
  return wrong != 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 3 && std::string(argv[1]) == "check") return check(argv[2]);
  if (argc < 10) {
    std::fprintf(
        stderr,
        "usage: chaos_reader HOST:PORT TOPIC VIEWERS CLIENTS ROWS_EACH RATE SEED BEAT_S GATEWAY_PORT...\n"
        "       chaos_reader check CLIENT < STREAM\n");
    return 2;
  }
  reader one(argv, argc);
  one.run();
}
