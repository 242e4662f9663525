#include "prometheus/exporter.hpp"

#include <prometheus/client_metric.h>
#include <prometheus/metric_family.h>
#include <prometheus/metric_type.h>
#include <prometheus/text_serializer.h>

#include <limits>
#include <utility>
#include <vector>

namespace blotter::prometheus {

namespace {

using ::prometheus::ClientMetric;
using ::prometheus::MetricFamily;
using ::prometheus::MetricType;

ClientMetric::Histogram to_histogram(const metrics::distribution& spread, double per_unit) {
  ClientMetric::Histogram given;
  given.sample_count = spread.count();
  given.sample_sum = static_cast<double>(spread.sum()) / per_unit;
  const unsigned first = per_unit > 1 ? 10 : 0;
  for (unsigned bits = first; bits < first + histogram_bounds; ++bits) {
    const std::uint64_t bound = std::uint64_t{1} << bits;
    given.bucket.push_back({spread.count_up_to(bound), static_cast<double>(bound) / per_unit});
  }
  given.bucket.push_back({spread.count(), std::numeric_limits<double>::infinity()});
  return given;
}

ClientMetric to_metric(const metrics::family_reading& family, const metrics::series_reading& series) {
  ClientMetric given;
  for (const auto& [name, value] : series.labels) given.label.push_back({name, value});
  switch (family.kind) {
    case metrics::metric_kind::counter:
      given.counter.value = series.value;
      break;
    case metrics::metric_kind::gauge:
      given.gauge.value = series.value;
      break;
    case metrics::metric_kind::histogram:
      given.histogram = to_histogram(series.spread, family.what.per_unit);
      break;
  }
  return given;
}

MetricType to_type(metrics::metric_kind kind) {
  switch (kind) {
    case metrics::metric_kind::counter:
      return MetricType::Counter;
    case metrics::metric_kind::gauge:
      return MetricType::Gauge;
    case metrics::metric_kind::histogram:
      return MetricType::Histogram;
  }
  return MetricType::Untyped;
}

}  // namespace

std::string to_text(const metrics::registry& all) {
  std::vector<MetricFamily> families;
  for (const metrics::family_reading& family : all.read()) {
    MetricFamily given{family.what.name, family.what.help, to_type(family.kind), {}};
    for (const auto& series : family.series) given.metric.push_back(to_metric(family, series));
    families.push_back(std::move(given));
  }
  return ::prometheus::TextSerializer().Serialize(families);
}

}  // namespace blotter::prometheus
