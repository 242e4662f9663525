#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <functional>

#include "scenario/table.hpp"

namespace blotter::scenario {

namespace {

constexpr double width = 1'000;
constexpr double left = 70;
constexpr double right = 20;
constexpr double top = 76;
constexpr double height = 170;
constexpr double gap = 40;
constexpr std::array<const char*, 8> colours = {"#0b6e4f", "#c1292e", "#f0a202", "#7d5ba6",
                                                "#1f77b4", "#555555", "#8c564b", "#17becf"};

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", value);
  return text;
}

std::string tag_text(double x, double y, const std::string& what, const char* more = "") {
  return "<text x='" + number(x) + "' y='" + number(y) + "' " + more + ">" + what + "</text>\n";
}

std::string straight(double x1, double y1, double x2, double y2, const char* kind) {
  return "<line x1='" + number(x1) + "' y1='" + number(y1) + "' x2='" + number(x2) + "' y2='" + number(y2) +
         "' class='" + kind + "'/>\n";
}

/// One of the pictures that stand over each other.
struct panel {
  std::string title;
  std::function<double(const minute_of&)> value;
  bool logarithmic = false;
  double low = 0;
  double high = 1;
  double at = 0;  ///< its upper edge

  double y(double of) const {
    const auto scaled = [&](double v) { return logarithmic ? std::log10(std::max(v, low)) : v; };
    const double part = (scaled(std::clamp(of, low, high)) - scaled(low)) / (scaled(high) - scaled(low));
    return at + height * (1 - part);
  }
};

double x_of(std::size_t minute, std::size_t minutes) {
  const double part = static_cast<double>(minute) / static_cast<double>(std::max<std::size_t>(minutes, 1));
  return left + (width - left - right) * part;
}

/// Values that are 0 are none.
std::string curve_of(const panel& in, const outcome& one,
                     const std::function<double(const minute_of&)>& value, const std::string& style) {
  std::string path;
  bool on = false;
  for (std::size_t i = 0; i < one.minutes.size(); ++i) {
    const double v = value(one.minutes[i]);
    if (v <= 0) {
      on = false;
      continue;
    }
    path += (on ? "L" : "M") + number(x_of(i, one.minutes.size())) + " " + number(in.y(v)) + (on ? "" : "h0");
    on = true;
  }
  return "<path d='" + path + "' " + style + "/>\n";
}

std::string frame_of(const panel& in, const story& told, std::size_t minutes) {
  std::string text = tag_text(left, in.at - 8, in.title, "class='title'");
  std::vector<double> marks;
  if (in.logarithmic)
    for (double mark = in.low; mark <= in.high; mark *= 10) marks.push_back(mark);
  else
    for (int i = 0; i <= 4; ++i) marks.push_back(in.low + i * (in.high - in.low) / 4);
  for (const double mark : marks) {
    text += straight(left, in.y(mark), width - right, in.y(mark), "grid");
    text += tag_text(left - 6, in.y(mark) + 4, number(mark), "text-anchor='end'");
  }
  const auto begins = told.begins + told.counted_from;
  const auto first =
      std::chrono::floor<std::chrono::minutes>(begins - std::chrono::floor<std::chrono::days>(begins));
  for (std::size_t i = 0; i <= 8 && minutes > 0; ++i) {
    const std::size_t minute = i * minutes / 8;
    const auto time = static_cast<std::size_t>(first.count()) + minute;
    char label[16];
    std::snprintf(label, sizeof label, "%02zu:%02zu", time / 60 % 24, time % 60);
    text += tag_text(x_of(minute, minutes), in.at + height + 15, label, "text-anchor='middle'");
  }
  return text;
}

double highest(std::span<const outcome> all, const std::function<double(const minute_of&)>& value) {
  double most = 0;
  for (const outcome& one : all)
    for (const minute_of& each : one.minutes) most = std::max(most, value(each));
  return most;
}

std::vector<panel> panels_of(std::span<const outcome> all) {
  std::vector<panel> made = {
      {"nodes paid for; dotted: perfect foresight; grey: load in nodes",
       [](const minute_of& m) { return m.nodes; }},
      {"p99 of rows' ages at the socket, ms; red: the objective",
       [](const minute_of& m) { return 1'000 * m.p99; }, true, 1, 100'000},
      {"unevenness: busy fraction, greatest over mean",
       [](const minute_of& m) { return m.busy < busy_min ? 0 : m.unevenness; }, false, 1, 3},
      {"clients that went to another node in each minute, also by drains and losses",
       [](const minute_of& m) { return double(m.moves); }, true, 1, 10'000}};
  made[0].high = std::max(4.0, 4 * std::ceil(highest(all, made[0].value) / 4));
  for (std::size_t i = 0; i < made.size(); ++i) made[i].at = top + static_cast<double>(i) * (height + gap);
  return made;
}

std::string head_of(const story& told, std::span<const outcome> all, double whole) {
  std::string text =
      "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 " + number(width) + " " + number(whole) +
      "' font-family='sans-serif' font-size='12'>\n" +
      "<style>.grid{stroke:#ddd}.bound{stroke:#c00;stroke-dasharray:6 4}.title{font-weight:bold}"
      "path{fill:none;stroke-width:1.5;stroke-linecap:round}</style>\n" +
      "<rect width='100%' height='100%' fill='white'/>\n";
  text += tag_text(left, 22, std::string(told.name) + ": " + std::string(told.sentence), "font-size='15'");
  for (std::size_t i = 0; i < all.size(); ++i)
    text += "<text x='" + number(left + 150 * static_cast<double>(i)) + "' y='44' fill='" +
            colours[i % colours.size()] + "'>&#9632; " + std::string(all[i].by.name) + "</text>\n";
  return text;
}

}  // namespace

std::string plot_of(const story& told, std::span<const outcome> all) {
  const auto panels = panels_of(all);
  std::string text = head_of(told, all, panels.back().at + height + gap);
  const std::size_t minutes = all.empty() ? 0 : all.front().minutes.size();
  for (const panel& each : panels) {
    text += frame_of(each, told, minutes);
    // Ours is drawn last, over the others.
    for (std::size_t i = all.size(); i-- > 0;)
      text += curve_of(each, all[i], each.value, std::string("stroke='") + colours[i % colours.size()] + "'");
  }
  if (!all.empty()) {
    const outcome& any = all.front();
    text += curve_of(
        panels[0], any, [](const minute_of& m) { return m.foresight; },
        "stroke='#000' stroke-dasharray='2 3'");
    text += curve_of(
        panels[0], any, [](const minute_of& m) { return m.load; }, "stroke='#aaa'");
  }
  const double bound = panels[1].y(static_cast<double>(told.objective.count()));
  text += straight(left, bound, width - right, bound, "bound");
  return text + "</svg>\n";
}

}  // namespace blotter::scenario
