#include <utility>

#include "gateway/gateway.hpp"

// Rows that are asked for once. A question is asked again elsewhere when the node that has it is lost.

namespace blotter::gateway {

using table::no_slot;

void gateway::ask_rows(request_id request, std::string_view client, instant now) {
  const std::uint32_t at = audience_of(client);
  ++audiences_[at].questions;
  const auto id = static_cast<link::question_id>(++last_question_);
  questions_.emplace(id, question{request, at});
  ask_waiting(now);
}

void gateway::forget_request(request_id request) {
  for (auto it = questions_.begin(); it != questions_.end(); ++it) {
    if (it->second.request != request) continue;
    const std::uint32_t at = it->second.audience;
    questions_.erase(it);
    --audiences_[at].questions;
    return drop_if_empty(at);
  }
}

/// Those that no node has get a number of their own each time, so that a late answer is not taken for theirs.
void gateway::ask_waiting(instant now) {
  std::vector<std::pair<link::question_id, question>> again;
  for (const auto& each : questions_)
    if (each.second.link == no_slot) again.push_back(each);
  for (auto& [id, what] : again) {
    const node_number home = home_of(what.audience, now);
    if (home == node_number::none) continue;
    const std::string& client = audiences_[what.audience].client;
    what.link = links_.link_to(links_.nodes().at(home), client);
    questions_.erase(id);
    const auto next = static_cast<link::question_id>(++last_question_);
    questions_.emplace(next, what);
    out_.send(links_[what.link].id, link::to_serving_node(link::ask_rows{next, client}));
  }
}

void gateway::take_answer(std::uint32_t link, link::rows_answer& what) {
  const auto found = questions_.find(what.id);
  if (found == questions_.end() || found->second.link != link) return;  // forgotten, or asked elsewhere
  const question done = found->second;
  questions_.erase(found);
  --audiences_[done.audience].questions;
  drop_if_empty(done.audience);
  out_.answer(done.request, std::move(what.json));
}

void gateway::lose_questions(std::uint32_t link, instant now) {
  for (auto& [id, what] : questions_)
    if (what.link == link) what.link = no_slot;
  ask_waiting(now);
}

}  // namespace blotter::gateway
