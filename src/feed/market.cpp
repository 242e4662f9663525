#include "feed/market.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <stdexcept>

#include "feed/tickers.hpp"

namespace blotter::feed {
namespace {

constexpr std::int64_t powers_of_ten[] = {1, 10, 100, 1000, 10'000};

void append_integer(std::string& to, std::int64_t value, int digits_min = 1) {
  char text[20];
  const auto end = std::to_chars(text, text + sizeof text, value < 0 ? -value : value).ptr;
  if (value < 0) to.push_back('-');
  const auto digits = end - text;
  if (digits < digits_min) to.append(static_cast<std::size_t>(digits_min - digits), '0');
  to.append(text, static_cast<std::size_t>(digits));
}

/// `units` of 10^-decimals as JSON.
void append_decimal(std::string& to, std::int64_t units, int decimals) {
  const std::int64_t power = powers_of_ten[decimals];
  if (units < 0) to.push_back('-');
  if (units < 0) units = -units;
  append_integer(to, units / power);
  to.push_back('.');
  append_integer(to, units % power, decimals);
}

/// "2026-11-22T11:12:13.123Z"
void append_time(std::string& to, wall_time time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const auto ms = (time - day).count();
  append_integer(to, static_cast<int>(date.year()), 4);
  to.push_back('-');
  append_integer(to, static_cast<unsigned>(date.month()), 2);
  to.push_back('-');
  append_integer(to, static_cast<unsigned>(date.day()), 2);
  to.push_back('T');
  append_integer(to, ms / 3'600'000, 2);
  to.push_back(':');
  append_integer(to, ms / 60'000 % 60, 2);
  to.push_back(':');
  append_integer(to, ms / 1000 % 60, 2);
  to.push_back('.');
  append_integer(to, ms % 1000, 3);
  to.push_back('Z');
}

/// Instruments that a position of an account may be in. Position `i` of each account draws from its own ones,
/// so that no account ever holds an instrument twice.
std::size_t choices(std::uint32_t rows) {
  return std::max<std::size_t>(4, 500 / rows);
}

void refuse_unless(bool fine, const char* sentence) {
  if (!fine) throw std::invalid_argument(sentence);
}

}  // namespace

market::market(market_options options) : options_(options), chance_(options.seed) {
  refuse_unless(options.clients >= 1 && options.clients <= 10'000'000, "clients: 1 to 10000000");
  refuse_unless(options.rows >= 1 && options.rows <= 100'000, "rows of a client: 1 to 100000");
  refuse_unless(options.rate >= 0 && options.rate <= 10'000'000, "rate: 0 to 10000000 rows a second");
  client_digits_ = std::max(4, static_cast<int>(std::to_string(options.clients).size()));
  instruments_.resize(options.rows * choices(options.rows));
  for (std::size_t i = 0; i < instruments_.size(); ++i) {
    const int decimals = chance_.below(8) == 0 ? 3 + static_cast<int>(chance_.below(2)) : 2;
    // From 5 to about 600, more of the low ones.
    const double price = 5.0 * std::pow(120.0, chance_.unit());
    instruments_[i] = {
        ticker(i), static_cast<std::int64_t>(price * static_cast<double>(powers_of_ten[decimals])), decimals};
  }
  holdings_.resize(std::size_t{options.clients} * options.rows);
}

std::optional<market_record> market::next(wall_time now) {
  if (!start_) {
    start_ = now;
    for (std::size_t at = 0; at < holdings_.size(); ++at)
      open(at, now - milliseconds(chance_.below(7 * 86'400'000)));
  }
  if (!snapshot_given()) return put(snapshot_given_++, *start_);
  wall_time time = due();
  if (now < time) return std::nullopt;
  if (now - time > std::chrono::seconds(1)) {
    start_ = now;
    ticks_ = 0;
    time = due();
    if (now < time) return std::nullopt;
  }
  ++ticks_;
  return tick(time);
}

wall_time market::due() const {
  if (options_.rate == 0) return wall_time::max();
  if (!start_) return wall_time::min();
  const double ms = static_cast<double>(ticks_ + 1) * 1000 / options_.rate;
  return *start_ + milliseconds(static_cast<std::int64_t>(std::min(ms, 1e15)));
}

market_record market::tick(wall_time time) {
  if (to_open_) {
    const std::size_t at = *to_open_;
    to_open_.reset();
    return put(at, time);
  }
  const std::size_t at = chance_.below(holdings_.size());
  holding& held = holdings_[at];
  const auto happens = chance_.below(1000);
  if (happens < 2) {
    write_key(at);
    open(at, time);
    to_open_ = at;
    return {key_, std::nullopt, time};
  }
  if (happens < 20) {
    const auto trade = static_cast<std::int32_t>(10 + 10 * chance_.below(20));
    held.quantity += held.quantity > trade && chance_.below(2) == 0 ? -trade : trade;
    held.quantity = std::min(held.quantity, 1'000'000);
    held.changed_ms = time.time_since_epoch().count();
  }
  move_price(instruments_[held.instrument]);
  return put(at, time);
}

/// Another instrument than the one held, of those that are this position's.
void market::open(std::size_t at, wall_time time) {
  holding& held = holdings_[at];
  const std::size_t slot = at % options_.rows;
  const std::size_t count = choices(options_.rows);
  const std::size_t before = held.quantity == 0 ? count - 1 : held.instrument / options_.rows;
  const std::size_t choice = (before + 1 + chance_.below(held.quantity == 0 ? count : count - 1)) % count;
  held.instrument = static_cast<std::uint32_t>(slot + choice * options_.rows);
  held.quantity = static_cast<std::int32_t>(10 + 10 * chance_.below(200));
  held.changed_ms = time.time_since_epoch().count();
}

/// By up to 0.2 %, at least one unit; kept between 1 and 5,000 by turning back there.
void market::move_price(instrument& which) {
  const auto most = static_cast<std::uint64_t>(which.price / 500 + 1);
  const auto step = static_cast<std::int64_t>(1 + chance_.below(most));
  const std::int64_t unit = powers_of_ten[which.decimals];
  bool up = chance_.below(2) == 0;
  if (which.price - step < unit) up = true;
  if (which.price + step > 5000 * unit) up = false;
  which.price += up ? step : -step;
}

void market::write_key(std::size_t at) {
  key_.assign("client-");
  append_integer(key_, static_cast<std::int64_t>(at / options_.rows + 1), client_digits_);
  key_.push_back('_');
  key_.append(instruments_[holdings_[at].instrument].ticker);
}

market_record market::put(std::size_t at, wall_time time) {
  const holding& held = holdings_[at];
  const instrument& what = instruments_[held.instrument];
  write_key(at);
  value_.assign(R"({"clientId":")");
  value_.append(key_, 0, key_.find('_'));
  value_.append(R"(","ticker":")").append(what.ticker).append(R"(","quantity":)");
  append_integer(value_, held.quantity);
  value_.append(R"(,"price":)");
  append_decimal(value_, what.price, what.decimals);
  value_.append(R"(,"market_value":)");
  append_decimal(value_, held.quantity * what.price, what.decimals);
  value_.append(R"(,"price_last_updated":")");
  append_time(value_, time);
  value_.append(R"(","holding_last_updated":")");
  append_time(value_, wall_time(milliseconds(held.changed_ms)));
  value_.append("\"}");
  return {key_, value_, time};
}

}  // namespace blotter::feed
