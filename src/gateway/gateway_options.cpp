#include "gateway/gateway_options.hpp"

#include <string>

namespace blotter::gateway {

namespace {

class gateway_category final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "gateway"; }
  std::string message(int value) const override {
    switch (static_cast<gateway_errc>(value)) {
      case gateway_errc::viewers_max:
        return "this gateway holds as many viewers as it may";
      case gateway_errc::viewers_per_client_max:
        return "this client has as many viewers as it may";
    }
    return "unknown gateway error";
  }
};

}  // namespace

error_code make_error_code(gateway_errc e) {
  static const gateway_category category;
  return {static_cast<int>(e), category};
}

std::string_view name(cause why) {
  constexpr std::array<std::string_view, cause_count> names{"reset", "silence", "lease", "leaving",
                                                            "full",  "gray",    "hint"};
  return names[static_cast<std::size_t>(why)];
}

}  // namespace blotter::gateway
