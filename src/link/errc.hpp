#pragma once

#include <type_traits>

#include "base/result.hpp"

namespace blotter::link {

/// Why a link was refused or ended. The numbers travel in a `refusal`: they never change their meaning.
enum class errc {
  // What is not a link at all.
  not_a_link = 1,    ///< the bytes are no frames of ours
  http_request = 2,  ///< somebody asks for a page
  tls_request = 3,   ///< the peer speaks TLS, this end does not
  // Frames.
  frame_too_large = 10,  ///< or of a size that no frame has
  malformed = 11,        ///< does not verify
  unknown_message = 12,  ///< of a newer program
  wrong_direction = 13,  ///< a message that only the other end sends
  out_of_bounds = 14,    ///< a value that no message may have
  hello_expected = 15,   ///< the first frame is no hello, or a later one is
  unknown_echo = 16,     ///< answers a heartbeat that was never sent
  // Who is there.
  other_version = 20,
  other_cluster = 21,
  other_role = 22,
  other_member = 23,  ///< somebody else answers at the address of the member that was called
  same_member = 24,   ///< the peer has our own name
  other_topic = 25,
  // Time and room.
  handshake_timeout = 30,
  silent = 31,
  not_reading = 32,        ///< takes no bytes, or answers no heartbeats
  queue_full = 33,         ///< more waits for the peer than may
  message_too_large = 34,  ///< of ours: does not fit a frame
  // What the peer said or did.
  refused_by_peer = 40,
  closed_by_peer = 41,
  closed_by_us = 42,
};

const boost::system::error_category& category() noexcept;

inline error_code make_error_code(errc code) noexcept {
  return {static_cast<int>(code), category()};
}

}  // namespace blotter::link

template <>
struct boost::system::is_error_code_enum<blotter::link::errc> : std::true_type {};
