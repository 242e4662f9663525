#pragma once

#include <cstdint>
#include <type_traits>

#include "base/result.hpp"

namespace blotter::hazelcast {

enum class errc {
  bad_message = 1,          ///< bytes that are no message of the protocol
  message_too_large = 2,    ///< a message beyond `message_size_max`
  refused_credentials = 3,  ///< another cluster name, or user or password are wrong
  refused_client = 4,       ///< the cluster was told not to take us
  other_serialization = 5,  ///< the member writes its values in another way than we
  not_ready = 6,            ///< the member is still starting, or already stopping
  other_cluster = 7,        ///< reached a member of another cluster than those we are connected to
  not_connected = 8,        ///< no member takes us now
  connection_lost = 9,      ///< the outcome is not known
  timed_out = 10,           ///< no answer within the deadline; the outcome is not known
  too_many_calls = 11,      ///< `calls_max` are under way
  refused_call = 12,        ///< the member answered with an error
  silent = 13,              ///< the member is connected and answers nothing
  duplicate = 14,           ///< a second connection to a member
  left_cluster = 15,        ///< the member is no part of the cluster any more
  bad_url = 16,             ///< no hazelcast://[USER:PASSWORD@]HOST[:PORT][,…][/CLUSTER]
};

const boost::system::error_category& category() noexcept;

inline error_code make_error_code(errc code) noexcept {
  return {static_cast<int>(code), category()};
}

}  // namespace blotter::hazelcast

template <>
struct boost::system::is_error_code_enum<blotter::hazelcast::errc> : std::true_type {};
