#pragma once

#include <boost/system/result.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/response.hpp"

namespace blotter::http {

/// Why a request was not served, as the asker is told (RFC 9457). `detail` is one sentence for people.
struct problem {
  problem() = default;
  problem(unsigned given_status, std::string given_detail, std::vector<header> given_headers = {})
      : status(given_status), detail(std::move(given_detail)), headers(std::move(given_headers)) {}

  unsigned status = 500;
  std::string detail;
  std::vector<header> headers;  ///< more to send along: Allow, Retry-After
};

/// The value, or the answer to give instead.
template <class T>
using or_problem = boost::system::result<T, problem>;

/// What `boost::system::result` does when a value is asked of a problem: a defect of ours.
[[noreturn]] void throw_exception_from_error(const problem& why, const boost::source_location& where);

/// Application/problem+json, never stored.
response to_response(const problem& why);

}  // namespace blotter::http
