#include "metrics/registry.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace blotter::metrics {

namespace {

bool is_name(std::string_view text) {
  auto is_allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
  return !text.empty() && text.front() >= 'a' && text.front() <= 'z' && std::ranges::all_of(text, is_allowed);
}

bool is_well_named(const description& what, metric_kind kind) {
  std::string_view name = what.name;
  if (!is_name(name) || !name.starts_with("blotter_") || what.help.empty()) return false;
  const std::string_view total = "_total";
  if (name.ends_with(total) != (kind == metric_kind::counter)) return false;
  if (kind == metric_kind::counter) name.remove_suffix(total.size());
  return what.unit.empty() || name.ends_with("_" + what.unit);
}

bool is_well_labelled(const label_set& labels) {
  return std::ranges::all_of(labels, [](const auto& label) {
    return is_name(label.first) && label.first != "le" && label.second.size() <= label_size_max;
  });
}

bool same_names(const label_set& some, const label_set& others) {
  return std::ranges::equal(some, others, {}, &label_set::value_type::first, &label_set::value_type::first);
}

}  // namespace

struct registry::series {
  explicit series(label_set given) : labels(std::move(given)) {}
  metrics::label_set labels;
  std::deque<counter> counters;
  std::deque<gauge> gauges;
  std::deque<histogram> histograms;

  series_reading read(combine over_cells) const;
};

struct registry::family {
  description what;
  metric_kind kind;
  std::deque<series> all = {};
};

series_reading registry::series::read(combine over_cells) const {
  series_reading now{labels, 0, {}};
  for (const counter& cell : counters) now.value += static_cast<double>(cell.value());
  for (bool first = true; const gauge& cell : gauges) {
    const double value = cell.value();
    now.value = over_cells == combine::sum || first ? now.value + value : std::max(now.value, value);
    first = false;
  }
  for (const histogram& cell : histograms) now.spread += cell.read();
  return now;
}

registry::registry() = default;
registry::~registry() = default;

counter& registry::add_counter(const description& what, label_set labels) {
  return find(what, metric_kind::counter, std::move(labels)).counters.emplace_back();
}

gauge& registry::add_gauge(const description& what, label_set labels) {
  return find(what, metric_kind::gauge, std::move(labels)).gauges.emplace_back();
}

histogram& registry::add_histogram(const description& what, label_set labels) {
  return find(what, metric_kind::histogram, std::move(labels)).histograms.emplace_back();
}

registry::series& registry::find(const description& what, metric_kind kind, label_set labels) {
  check(!sealed_);
  check(is_well_named(what, kind));
  check(is_well_labelled(labels));
  auto& found = families_[what.name];
  if (!found) found = std::make_unique<family>(what, kind);
  check(found->kind == kind && found->what.help == what.help);
  for (series& one : found->all) {
    check(same_names(one.labels, labels));
    if (one.labels == labels) return one;
  }
  check(found->all.size() < series_max);
  return found->all.emplace_back(std::move(labels));
}

void registry::seal() {
  sealed_ = true;
}

std::vector<family_reading> registry::read() const {
  check(sealed_);
  std::vector<family_reading> now;
  now.reserve(families_.size());
  for (const auto& [name, registered] : families_) {
    auto& reading = now.emplace_back(family_reading{registered->what, registered->kind, {}});
    for (const series& one : registered->all) reading.series.push_back(one.read(registered->what.over_cells));
  }
  return now;
}

}  // namespace blotter::metrics
