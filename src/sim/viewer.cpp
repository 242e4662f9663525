#include "sim/viewer.hpp"

#include "sim/oracle.hpp"

namespace blotter::sim {

viewer::viewer(context& all, oracle& log, const std::vector<front*>& fronts, std::uint32_t number,
               std::uint32_t client)
    : all_(all), fronts_(fronts), number_(number), seen_(all, log, client) {}

void viewer::open() {
  if (std::exchange(wanted_, true)) return;
  connect();
}

void viewer::connect() {
  if (!wanted_ || connected()) return;
  front& node = *fronts_[all_.viewers.below(fronts_.size())];
  ++attempt_;
  reader_.restart();
  const bool lied = brought_.has_value();
  std::string bookmark = lied ? *std::exchange(brought_, std::nullopt) : seen_.id();
  if (lied) seen_.lie();
  if (bookmark.empty()) seen_.forget_all();
  all_.seen.sometimes(situation::resumed_on_another_node,
                      !bookmark.empty() && last_front_ && last_front_ != &node);
  all_.seen.sometimes(situation::resumed_after_two_failures, !bookmark.empty() && failures_ >= 2);
  last_front_ = &node;
  ++failures_;
  seen_.opened(!bookmark.empty(), std::chrono::seconds(all_.life.beat_s));
  ways_.push_back(std::make_unique<stream>(all_, node, *this));
  way_ = ways_.back().get();
  if (slow_) way_->set_reading(false);
  heard_ = beat_at_ = all_.time.now();
  all_.say("viewer ", number_, " of ", client_name(seen_.client()), " opens at ", node.name(), " with ",
           bookmark.empty() ? "no bookmark" : bookmark);
  const auto late = microseconds(all_.life.latency_us + all_.network.below(all_.life.jitter_us + 1));
  all_.time.after(late, [this, &node, way = way_, mark = std::move(bookmark)]() mutable {
    if (!way->viewer_listens()) return;
    if (!node.alive()) return ended(*way);
    node.accept(*way, {client_name(seen_.client()), std::move(mark), std::chrono::seconds(all_.life.beat_s)});
  });
}

void viewer::connect_later() {
  const auto wait = milliseconds(10 + static_cast<std::int64_t>(all_.viewers.below(all_.life.retry_ms)));
  all_.time.after(wait, [this, attempt = attempt_] {
    if (attempt == attempt_) connect();
  });
}

void viewer::drop(leaving how) {
  if (connected()) how == leaving::closed ? way_->close() : way_->vanish();
  seen_.closed();
  way_ = nullptr;
}

void viewer::leave(leaving how) {
  if (!std::exchange(wanted_, false)) return;
  all_.say("viewer ", number_, how == leaving::closed ? " leaves" : " vanishes");
  ++attempt_;
  drop(how);
}

void viewer::break_off() {
  if (!connected()) return;
  all_.say("viewer ", number_, "'s connection breaks");
  drop(leaving::closed);
  connect_later();
}

void viewer::bring(std::string bookmark) {
  brought_ = std::move(bookmark);
  if (connected()) break_off();
}

void viewer::come_back_old() {
  if (!saved_ || saved_->id().empty()) return;
  drop(leaving::closed);
  seen_.come_back_as(*saved_);
  all_.seen.sometimes(situation::old_bookmark);
  connect_later();
}

void viewer::go_on_from(const eyes& rows) {
  if (!wanted_) return;
  drop(leaving::closed);
  seen_.come_back_as(rows);
  connect_later();
}

void viewer::read_slowly(std::optional<std::size_t> bytes) {
  if (slow_ && !bytes) troubled_at_ = all_.time.now();
  slow_ = bytes;
  if (connected()) way_->set_reading(!slow_);
}

void viewer::received(stream& from, std::string_view bytes) {
  all_.note(number_ + 1);
  all_.note(static_cast<std::uint64_t>(all_.time.now().time_since_epoch().count()));
  for (const char each : bytes)
    all_.digest = (all_.digest ^ static_cast<unsigned char>(each)) * 0x100000001B3u;
  if (&from != way_) return;
  heard_ = all_.time.now();
  events_.clear();
  if (!reader_.take(bytes, events_)) all_.fail(promise::protocol, "no event stream: " + std::string(bytes));
  const bool late = recently_troubled();
  for (const stream_event& each : events_) {
    all_.say("viewer ", number_, " is told ", each.name, " ", each.data, each.id ? " id " + *each.id : "");
    hear_time(each);
    seen_.see(each, late ? eyes::delivery::late : eyes::delivery::prompt);
    if (seen_.live()) failures_ = 0;
  }
}

void viewer::hear_time(const stream_event& event) {
  if (event.name != "hello" && event.name != "beat") return;
  const auto said = number_member(event.data, "time");
  if (!said) return;
  // Each member has a clock of its own.
  const auto member = text_member(event.data, "member");
  if (member && std::exchange(last_member_, *member) != *member) clock_differs_.reset();
  const instant now = all_.time.now();
  const auto differs = std::chrono::floor<milliseconds>(now.time_since_epoch()) - milliseconds(*said);
  clock_differs_ = std::min(clock_differs_.value_or(differs), differs);
  beat_at_ = instant(milliseconds(*said) + *clock_differs_);
}

void viewer::ended(stream& from) {
  if (&from != way_) return;
  from.vanish();
  all_.say("viewer ", number_, "'s connection has ended");
  seen_.closed();
  way_ = nullptr;
  if (wanted_) connect_later();
}

void viewer::watch() {
  if (!connected()) return;
  if (slow_) {
    way_->read(*slow_);
    troubled_at_ = all_.time.now();
    return;
  }
  if (all_.time.now() - heard_ <= silence_max()) return;
  all_.say("viewer ", number_, " hears nothing any more");
  all_.seen.sometimes(situation::viewer_silent_came_back);
  drop(leaving::vanished);
  connect_later();
}

bool viewer::believes_itself_current() const {
  const instant now = all_.time.now();
  return connected() && seen_.believes_itself_current() && now - heard_ <= silence_max() &&
         now - beat_at_ <= silence_max();
}

milliseconds viewer::lateness_unseen() const {
  if (!way_ || !clock_differs_) return milliseconds(0);
  return std::max(milliseconds(0), *clock_differs_ - way_->at().clock_of(last_member_).clock_differs());
}

bool viewer::node_just_mended() const {
  return way_ && way_->at().well() &&
         all_.time.now() - way_->at().troubled_at() <= oracle::fresh_within + oracle::way_of(all_.life);
}

bool viewer::recently_troubled() const {
  if (!way_ || slow_) return true;
  const instant now = all_.time.now();
  return now - way_->at().troubled_at() <= oracle::fresh_within + silence_max() ||
         now - std::max(troubled_at_, way_->troubled_at()) <=
             oracle::fresh_within + oracle::way_of(all_.life);
}

}  // namespace blotter::sim
