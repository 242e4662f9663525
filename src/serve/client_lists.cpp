#include "serve/client_lists.hpp"

#include <simdjson.h>

#include <memory>
#include <utility>
#include <vector>

#include "base/json_text.hpp"
#include "http/client.hpp"
#include "http/fetch.hpp"
#include "http/problem.hpp"
#include "http/response.hpp"

namespace blotter::serve {

namespace {

/// A thousand names of 255 bytes, each of which may be six in JSON.
constexpr http::fetch_limits limits{milliseconds(1'000), std::size_t{2} << 20};

struct known_router {
  std::string name;
  net::endpoint at;
  partition_set caught_up;
};

struct known_routers {
  std::vector<known_router> all;
  std::uint32_t partitions = 0;
};

known_routers routers_of(const std::vector<directory::member>& members) {
  known_routers found;
  for (const directory::member& each : members) {
    const auto at = net::endpoint::parse(each.address);
    if (!at || each.feed.caught_up.empty()) continue;
    found.all.push_back({each.id.text(), *at, each.feed.caught_up});
    found.partitions = std::max(found.partitions, each.feed.partitions);
  }
  return found;
}

/// One question while routers are asked. On the core that it came to; kept by what is under way.
class gathering : public std::enable_shared_from_this<gathering> {
 public:
  gathering(kept_answers& on, std::uint64_t request, std::size_t limit)
      : on_(on), request_(request), all_(limit) {}

  void ask(const known_routers& routers, const std::string& target) {
    missing_ = partition_set::first(routers.partitions);
    waiting_ = routers.all.size();
    if (waiting_ == 0) return end("no router serves yet");
    for (const known_router& each : routers.all)
      http::fetch(on_.core().loop(), each.at, target, limits,
                  [self = shared_from_this(), each](result<http::fetched> got) { self->hear(each, got); });
  }

 private:
  void hear(const known_router& from, const result<http::fetched>& got) {
    --waiting_;
    if (answered_) return;
    if (!got)
      trouble_ = from.name + " at " + from.at.to_string() + ": " + got.error().message();
    else if (got->status != 200 || !all_.add(got->body))
      trouble_ = from.name + " at " + from.at.to_string() + " answers with " + std::to_string(got->status);
    else
      from.caught_up.for_each([this](partition_id each) { missing_.remove(each); });
    if (missing_.empty()) {
      answered_ = true;
      on_.answer(request_, http::json(all_.json()));
    } else if (waiting_ == 0) {
      end("not all routers can be asked who the clients are" + (trouble_.empty() ? "" : ": " + trouble_));
    }
  }

  void end(const std::string& why) {
    answered_ = true;
    on_.answer(request_, http::to_response(http::problem(503, why, {{"Retry-After", "1"}})));
  }

  kept_answers& on_;
  const std::uint64_t request_;
  client_union all_;
  partition_set missing_;
  std::size_t waiting_ = 0;
  std::string trouble_;
  bool answered_ = false;
};

}  // namespace

bool client_union::add(std::string_view json) {
  simdjson::dom::parser parser;
  simdjson::dom::element page;
  simdjson::dom::array clients;
  bool more = false;
  if (parser.parse(json.data(), json.size()).get(page) != simdjson::SUCCESS) return false;
  if (page["clients"].get(clients) != simdjson::SUCCESS) return false;
  if (page["more"].get(more) != simdjson::SUCCESS) return false;
  for (const simdjson::dom::element each : clients) {
    std::string_view name;
    if (each.get(name) != simdjson::SUCCESS) return false;
    clients_.emplace(name);
  }
  more_ = more_ || more;
  return true;
}

std::string client_union::json() const {
  std::string out = "{\"clients\":[";
  std::size_t left = limit_;
  for (const std::string& each : clients_) {
    if (left-- == 0) break;
    if (out.back() != '[') out.push_back(',');
    append_json_string(out, each);
  }
  return out.append(more_ || clients_.size() > limit_ ? "],\"more\":true}\n" : "],\"more\":false}\n");
}

void client_lists::serve(kept_answers& on, const http::request& asked, http::responder answer) {
  const auto wanted = http::read_clients_query(asked);
  if (!wanted) return answer.send(wanted.error());
  std::string target = "/v1/clients?limit=" + std::to_string(wanted->limit);
  if (!wanted->prefix.empty()) target += "&prefix=" + http::percent_encode(wanted->prefix);
  if (!wanted->after.empty()) target += "&after=" + http::percent_encode(wanted->after);
  auto all = std::make_shared<gathering>(on, on.keep(std::move(answer)), wanted->limit);
  home_core_.post([this, &on, all = std::move(all), target = std::move(target)]() mutable {
    on.core().post([all = std::move(all), target = std::move(target), routers = routers_of(home_.members())] {
      all->ask(routers, target);
    });
  });
}

}  // namespace blotter::serve
