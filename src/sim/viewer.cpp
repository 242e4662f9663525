#include "sim/viewer.hpp"

#include "sim/oracle.hpp"

namespace blotter::sim {

viewer::viewer(context& all, oracle& log, const std::vector<front*>& fronts, std::uint32_t number,
               std::uint32_t client, mode how)
    : all_(all), fronts_(fronts), number_(number), seen_(all, log, client), direct_(how == mode::direct) {
  if (direct_) seen_.connects_itself();
}

void viewer::open() {
  if (std::exchange(wanted_, true)) return;
  connect();
}

void viewer::connect() {
  if (!wanted_ || connected() || asking_) return;
  attempt_ = ++attempts_;
  reader_.restart();
  const bool lied = brought_.has_value();
  std::string bookmark = lied ? *std::exchange(brought_, std::nullopt) : seen_.id();
  if (lied) seen_.lie();
  if (bookmark.empty()) seen_.forget_all();
  all_.seen.sometimes(situation::resumed_after_two_failures, !bookmark.empty() && failures_ >= 2);
  ++failures_;
  const std::chrono::seconds beat(all_.life.beat_s);
  seen_.opened(!bookmark.empty(), beat);
  live_since_.reset();
  asked_to_move_ = false;
  heard_ = beat_at_ = all_.time.now();
  if (direct_) {
    bookmark_ = std::move(bookmark);
    asking_ = true;
    return ask_place(attempt_);
  }
  front& at = *fronts_[all_.viewers.below(fronts_.size())];
  way_ = open_stream(at, {client_name(seen_.client()), std::move(bookmark), beat});
}

microseconds viewer::latency() {
  return microseconds(all_.life.latency_us + all_.network.below(all_.life.jitter_us + 1));
}

stream* viewer::open_stream(front& at, front::request what) {
  all_.say("viewer ", number_, " of ", what.client, " opens at ", at.name(), " with ",
           what.bookmark.empty() ? "no bookmark" : what.bookmark);
  all_.seen.sometimes(situation::resumed_on_another_node,
                      !what.bookmark.empty() && last_front_ && last_front_ != &at);
  last_front_ = &at;
  ways_.push_back(std::make_unique<stream>(all_, at, *this));
  stream* way = ways_.back().get();
  if (slow_) way->set_reading(false);
  all_.time.after(latency(), [this, &at, way, asked = std::move(what)]() mutable {
    if (!way->viewer_listens()) return;
    if (!at.alive()) return ended(*way);
    at.accept(*way, std::move(asked));
  });
  return way;
}

/// In direct mode longer after each failure.
milliseconds viewer::patience() const {
  const std::uint32_t times = direct_ ? 1u << std::min(failures_ > 0 ? failures_ - 1 : 0, 2u) : 1;
  return milliseconds(all_.life.retry_ms * times);
}

void viewer::connect_later() {
  const auto longest = static_cast<std::uint64_t>(patience().count());
  const auto wait = std::exchange(wish_, milliseconds(0)) +
                    milliseconds(10 + static_cast<std::int64_t>(all_.viewers.below(longest)));
  all_.time.after(wait, [this, attempt = attempt_] {
    if (attempt == attempt_) connect();
  });
}

void viewer::drop(leaving how) {
  if (next_ && next_->way) how == leaving::closed ? next_->way->close() : next_->way->vanish();
  next_.reset();
  held_.clear();
  move_at_.reset();
  asking_ = false;
  if (connected()) how == leaving::closed ? way_->close() : way_->vanish();
  seen_.closed();
  way_ = nullptr;
}

/// Its connection is gone, and it comes back: by the one that it tries already, if there is one.
void viewer::lose() {
  if (next_) return go_on_by_successor();
  drop(leaving::vanished);
  if (wanted_) connect_later();
}

void viewer::leave(leaving how) {
  if (!std::exchange(wanted_, false)) return;
  all_.say("viewer ", number_, how == leaving::closed ? " leaves" : " vanishes");
  attempt_ = ++attempts_;
  drop(how);
}

void viewer::break_off() {
  if (!connected()) return;
  all_.say("viewer ", number_, "'s connection breaks");
  way_->close();
  lose();
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
  if (next_ && next_->way) next_->way->set_reading(!slow_);
}

void viewer::received(stream& from, std::string_view bytes) {
  all_.note(number_ + 1);
  all_.note(static_cast<std::uint64_t>(all_.time.now().time_since_epoch().count()));
  for (const char each : bytes)
    all_.digest = (all_.digest ^ static_cast<unsigned char>(each)) * 0x100000001B3u;
  if (const auto lie = lies_.find(&from); lie != lies_.end())
    all_.fail(promise::isolation,
              "a viewer of " + client_name(seen_.client()) + " is let in with " + std::string(lie->second));
  if (next_ && &from == next_->way) return hear_successor(from, bytes);
  if (&from != way_) return;
  heard_ = all_.time.now();
  events_.clear();
  if (!reader_.take(bytes, events_)) all_.fail(promise::protocol, "no event stream: " + std::string(bytes));
  const bool late = recently_troubled();
  for (const stream_event& each : events_) hear(each, late ? eyes::delivery::late : eyes::delivery::prompt);
}

void viewer::hear(const stream_event& event, eyes::delivery how) {
  if (next_) return held_.push_back(event);
  all_.say("viewer ", number_, " is told ", event.name, " ", event.data, event.id ? " id " + *event.id : "");
  hear_time(event);
  if (direct_) check_goodbye(event);
  seen_.see(event, how);
  if (seen_.live()) failures_ = 0;
  if (!direct_) return;
  if (seen_.live() && !live_since_) live_since_ = all_.time.now();
  if (event.name == "moving") move();
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
  from.vanish();
  if (next_ && &from == next_->way) return give_up_successor("its connection has ended");
  if (&from != way_) return;
  all_.say("viewer ", number_, "'s connection has ended");
  lose();
}

void viewer::watch() {
  if (direct_) watch_moving();
  if (!connected()) return;
  if (slow_) {
    way_->read(*slow_);
    if (next_ && next_->way) next_->way->read(*slow_);
    troubled_at_ = all_.time.now();
    return;
  }
  if (all_.time.now() - heard_ <= silence_max()) return;
  all_.say("viewer ", number_, " hears nothing any more");
  all_.seen.sometimes(situation::viewer_silent_came_back);
  way_->vanish();
  lose();
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
