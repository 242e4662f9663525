#include "sim/host.hpp"

namespace blotter::sim {

namespace {
constexpr int jobs_a_turn_max = 32;
}

host::host(context& all, std::string name, milliseconds tick_period)
    : all_(all), name_(std::move(name)), tick_period_(tick_period) {
  const double ppm = all.life.clock_ppm * (2 * all.processes.unit() - 1);
  rate_ = 1 + ppm / 1e6;
  wall_offset_ = milliseconds(static_cast<std::int64_t>(all.processes.below(2000)) - 1000);
}

instant host::clock() const {
  const auto passed = std::chrono::duration<double, std::nano>(all_.time.now().time_since_epoch()) * rate_;
  return instant(std::chrono::duration_cast<std::chrono::nanoseconds>(passed) - hidden_);
}

wall_time host::wall() const {
  return wall_time(std::chrono::duration_cast<milliseconds>(all_.time.now().time_since_epoch()) -
                   clock_differs());
}

milliseconds host::clock_differs() const {
  return -milliseconds(1'700'000'000'000) - wall_offset_;
}

void host::start() {
  if (alive_) return;
  alive_ = true;
  frozen_ = false;
  slowness_ = 1;
  ++life_;
  troubled_at_ = all_.time.now();
  busy_until_ = all_.time.now();
  all_.say(name_, " starts");
  born();
  tick();
  schedule_tick();
}

void host::kill() {
  if (!alive_) return;
  alive_ = frozen_ = waking_ = tick_waits_ = false;
  inbox_.clear();
  all_.say(name_, " ends");
  died();
}

void host::freeze() {
  if (!alive_ || frozen_) return;
  frozen_ = true;
  frozen_at_ = all_.time.now();
  all_.say(name_, " stands still");
}

void host::thaw(clock_while_frozen clock_then) {
  if (!frozen_) return;
  frozen_ = false;
  troubled_at_ = all_.time.now();
  if (clock_then == clock_while_frozen::stood) hidden_ += all_.time.now() - frozen_at_;
  all_.say(name_, " goes on");
  wake();
}

void host::end_soon(afterwards then) {
  all_.time.after(microseconds(1), [this, life = life_] {
    if (life == life_) kill();
  });
  if (then == afterwards::started_again) all_.time.after(milliseconds(1500), [this] { start(); });
}

void host::post(job what) {
  if (!alive_) return;
  inbox_.push_back(std::move(what));
  wake();
}

void host::wake() {
  if (waking_ || frozen_ || !alive_) return;
  waking_ = true;
  all_.time.at(busy_until_, [this, life = life_] {
    if (life != life_) return;
    waking_ = false;
    if (alive_ && !frozen_) turn();
  });
}

void host::turn() {
  const std::uint32_t life = life_;
  int done = 0;
  for (; done < jobs_a_turn_max && !inbox_.empty(); ++done) {
    const job next = std::move(inbox_.front());
    inbox_.pop_front();
    next();
    if (!alive_ || life != life_) return;
  }
  busy_until_ = all_.time.now() + microseconds(all_.life.step_cost_us) * (done + 1) * slowness_;
  const bool more = settle();
  if (alive_ && (more || !inbox_.empty())) wake();
}

void host::schedule_tick() {
  all_.time.after(tick_period_, [this, life = life_] {
    if (!alive_ || life != life_) return;
    if (!tick_waits_) {
      tick_waits_ = true;
      post([this] {
        tick_waits_ = false;
        tick();
      });
    }
    schedule_tick();
  });
}

}  // namespace blotter::sim
