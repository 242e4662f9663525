#include "scale/decision.hpp"

namespace blotter::scale {

std::string_view to_text(verdict which) {
  switch (which) {
    case verdict::hold:
      return "hold";
    case verdict::grow:
      return "grow";
    case verdict::shrink:
      return "shrink";
  }
  return "";
}

std::string_view to_text(cause which) {
  switch (which) {
    case cause::load:
      return "load";
    case cause::memory:
      return "memory";
    case cause::freshness:
      return "freshness";
    case cause::trend:
      return "trend";
    case cause::earlier_days:
      return "earlier_days";
    case cause::peak:
      return "peak";
    case cause::minimum:
      return "minimum";
    case cause::calm:
      return "calm";
    case cause::ceiling:
      return "ceiling";
    case cause::steady:
      return "steady";
    case cause::waiting:
      return "waiting";
    case cause::elsewhere:
      return "elsewhere";
    case cause::doubt:
      return "doubt";
    case cause::blind:
      return "blind";
    case cause::watching:
      return "watching";
  }
  return "";
}

}  // namespace blotter::scale
