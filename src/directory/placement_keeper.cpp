#include "directory/placement_keeper.hpp"

#include <simdjson.h>

#include <utility>

#include "base/json_text.hpp"

namespace blotter::directory {

bool placement_keeper::propose(std::string_view client, const member_id& node,
                               const std::optional<member_id>& instead_of, instant now) {
  if (proposals_.size() < options_.proposals_max && put({std::string(client), node, instead_of}, now)) {
    ++figures_.proposals;
    return true;
  }
  ++figures_.refused;
  return false;
}

bool placement_keeper::put(proposal&& what, instant now) {
  const map_call call = next_call();
  if (!map_->put_if_absent(call, what.client, placement_json(what.node), options_.life, now)) return false;
  proposals_.emplace(call, std::move(what));
  return true;
}

void placement_keeper::put_answered(map_call which, std::optional<std::string_view> before, instant now) {
  const auto found = proposals_.extract(which);
  if (!found) return;
  proposal& mine = found.mapped();
  if (!before) {
    ++figures_.won;
    mine.holder = mine.node;
    return answer(mine);
  }
  mine.holder = read_placement(*before);
  const bool spoiled =
      !mine.holder && before->size() <= placement_size_max && !std::exchange(mine.spoiled_tried, true);
  figures_.unreadable += spoiled ? 1 : 0;
  const bool to_be_replaced = spoiled || (mine.holder && mine.holder == mine.instead_of);
  if (!to_be_replaced) return mine.holder ? live_on(std::move(mine), now) : answer(mine);
  mine.instead_of.reset();
  mine.holder.reset();  // nobody knows until it is answered
  const map_call call = next_call();
  if (!map_->replace_if_same(call, mine.client, std::string(*before), placement_json(mine.node), now))
    return answer(mine);
  proposals_.emplace(call, std::move(mine));
}

/// One that was not replaced is another's now: it is asked once more who that is.
void placement_keeper::replace_answered(map_call which, bool replaced, instant now) {
  const auto found = proposals_.extract(which);
  if (!found) return;
  proposal& mine = found.mapped();
  if (replaced) {
    ++figures_.replaced;
    mine.holder = mine.node;
    return live_on(std::move(mine), now);
  }
  proposal unasked = mine;
  if (!put(std::move(mine), now)) answer(unasked);
}

/// Somebody looks at the client: the entry's time begins anew.
void placement_keeper::live_on(proposal&& what, instant now) {
  const map_call call = next_call();
  if (!map_->set_life(call, what.client, options_.life, now)) return answer(what);
  proposals_.emplace(call, std::move(what));
}

void placement_keeper::life_answered(map_call which, instant) {
  if (const auto found = proposals_.extract(which)) answer(found.mapped());
}

void placement_keeper::placement_call_failed(map_call which, instant) {
  const auto found = proposals_.extract(which);
  if (!found) return;
  ++figures_.failed;
  answer(found.mapped());
}

void placement_keeper::answer(const proposal& what) {
  if (listener_) listener_->placement_answered(what.client, what.holder);
}

void placement_keeper::placement_written(std::string_view client, std::optional<std::string_view> record) {
  if (listener_) listener_->placement_changed(client, record ? read_placement(*record) : std::nullopt);
}

void placement_keeper::placements_shaken() {
  if (listener_) listener_->placements_doubtful();
}

std::string placement_json(const member_id& node) {
  std::string json = "{\"node\":";
  append_json_string(json, node.text());
  return json.append("}");
}

std::optional<member_id> read_placement(std::string_view json) {
  if (json.size() > placement_size_max) return std::nullopt;
  thread_local simdjson::dom::parser parser(placement_size_max + simdjson::SIMDJSON_PADDING);
  simdjson::dom::element root;
  std::string_view node;
  if (parser.parse(json.data(), json.size(), true).get(root) != simdjson::SUCCESS) return std::nullopt;
  if (root["node"].get(node) != simdjson::SUCCESS) return std::nullopt;
  const auto id = member_id::parse(node);
  return id ? std::optional(*id) : std::nullopt;
}

}  // namespace blotter::directory
