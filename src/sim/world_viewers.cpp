#include "sim/world.hpp"
#include "table/bookmark.hpp"

// What viewers do that is not good for them.

namespace blotter::sim {

void world::strike_viewer(const fault& what, viewer& at) {
  const auto after = [&](auto mend) { mend_after(what.lasts, mend); };
  switch (what.what) {
    case fault_kind::viewer_reads_slowly:
      at.read_slowly(1 + what.detail / 256 % 200);
      return after([&at] { at.read_slowly({}); });
    case fault_kind::viewer_stops_reading:
      at.read_slowly(0);
      return after([&at] { at.read_slowly({}); });
    case fault_kind::viewer_leaves:
      at.leave(viewer::leaving::closed);
      return after([&at] { at.open(); });
    case fault_kind::viewer_vanishes:
      at.leave(viewer::leaving::vanished);
      return after([&at] { at.open(); });
    case fault_kind::viewer_breaks_off:
      return at.break_off();
    case fault_kind::viewer_comes_back_old:
      return at.come_back_old();
    case fault_kind::viewer_brings_foreign_bookmark: {
      const std::string& id = viewers_[what.detail / 256 % viewers_.size()]->seen().id();
      all_.seen.sometimes(situation::foreign_bookmark, !id.empty());
      return id.empty() ? void() : at.bring(id);
    }
    case fault_kind::viewer_brings_forged_bookmark:
      return forge(what, at);
    case fault_kind::viewer_way_held: {
      stream* way = at.way();
      if (!way) return;
      way->hold();
      return after([way] { way->open(); });
    }
    default:
      if (at.way()) at.way()->cut();
  }
}

void world::forge(const fault& what, viewer& at) {
  all_.seen.sometimes(situation::forged_bookmark);
  random_source random(what.detail);
  std::string text = at.seen().id().empty() ? "1AAAAAAAAAAA" : at.seen().id();
  if (random.below(3) == 0) {
    auto mark = table::parse_bookmark(text);
    if (mark) {
      for (std::uint64_t i = random.below(5); i > 0; --i)
        mark->seen.set({static_cast<std::uint32_t>(random.below(random.below(2) ? 4 : 1 << 24)),
                        static_cast<std::int64_t>(random.next() >> (1 + random.below(62)))});
      text = mark->text();
    }
  } else if (random.below(8) == 0) {
    text = std::string(random.below(6000), 'A');
  } else {
    for (std::uint64_t i = 1 + random.below(4); i > 0 && !text.empty(); --i)
      text[random.below(text.size())] = static_cast<char>(1 + random.below(255));
    if (random.below(2) == 0) text.resize(random.below(text.size() + 1));
  }
  if (!text.empty()) at.bring(text);
}

}  // namespace blotter::sim
