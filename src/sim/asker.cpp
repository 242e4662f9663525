#include "sim/asker.hpp"

#include "sim/oracle.hpp"

namespace blotter::sim {

asker::asker(context& all, oracle& log, const std::vector<std::unique_ptr<node_host>>& nodes,
             const std::vector<std::unique_ptr<viewer>>& viewers)
    : all_(all), log_(log), nodes_(nodes), viewers_(viewers), random_(all.life.seed ^ 0x61736bu) {}

void asker::begin() {
  for (std::uint32_t i = 0; i < all_.life.questions; ++i) {
    const auto when_asked = milliseconds(static_cast<std::int64_t>(random_.below(all_.life.run_ms)));
    all_.time.after(when_asked, [this] { ask(when::during_faults); });
  }
}

void asker::ask_at_rest() {
  if (all_.life.questions == 0) return;
  for (; wanted_ < 2; ++wanted_) ask(when::at_rest);
}

void asker::ask(when asked) {
  const auto client = static_cast<std::uint32_t>(random_.below(all_.life.clients));
  node_host& node = *nodes_[random_.below(nodes_.size())];
  const bool gives_up = asked == when::during_faults && random_.below(5) == 0;
  if (!node.alive() || node.draining()) return;
  all_.say("somebody asks ", node.name(), " for the rows of ", client_name(client));
  const std::uint64_t question = node.ask(
      client_name(client), [this, client, asked, &node, since = all_.time.now()](const std::string& json) {
        all_.say(node.name(), " answers ", json);
        all_.seen.sometimes(situation::rows_answered);
        all_.seen.sometimes(situation::rows_answered_after_loading,
                            all_.time.now() - since > 2 * microseconds(all_.life.latency_us));
        check(client, node, json, asked);
      });
  if (!gives_up) return;
  all_.time.after(microseconds(static_cast<std::int64_t>(random_.below(100'000))), [this, &node, question] {
    all_.seen.sometimes(situation::question_forgotten);
    node.forget(question);
  });
}

void asker::check(std::uint32_t client, node_host& from, const std::string& json, when asked) {
  eyes shown(all_, log_, client);
  const bool late = all_.time.now() - from.troubled_at() <= oracle::fresh_within + log_.way();
  shown.see_answer(json, late ? eyes::delivery::late : eyes::delivery::prompt);
  if (asked == when::at_rest) {
    promise which{};
    const std::string text = log_.difference(shown, which);
    if (!text.empty()) all_.fail(which, "an answer at rest: " + text);
    // One that has just come to itself says so. `answered` waits until it is well.
    if (!shown.told_current() && late)
      return all_.time.after(milliseconds(100), [this] { ask(when::at_rest); });
    --wanted_;
    if (!shown.told_current()) all_.fail(promise::recovery, "an answer at rest is not current: " + json);
    return;
  }
  viewer& any = *viewers_[random_.below(viewers_.size())];
  if (any.seen().client() != client || random_.below(3) == 0) return;
  all_.seen.sometimes(situation::stream_begun_from_answer);
  all_.time.after(microseconds(1), [&any, rows = std::move(shown)] { any.go_on_from(rows); });
}

}  // namespace blotter::sim
