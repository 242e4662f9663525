#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "base/result.hpp"
#include "http/request.hpp"

namespace blotter::http {

/// Makes a request of the bytes of its head, however they are cut. Holds memory only while a head is under
/// way.
class request_reader {
 public:
  enum class step : unsigned char {
    more,     ///< bytes that were not used must be given again, with more behind them
    done,     ///< `take` it
    refused,  ///< see `refusal`; the connection cannot go on
  };

  /// `head_size_max`: bytes of request line and header lines; `url_size_max`: of the target in it.
  request_reader(std::size_t head_size_max, std::size_t url_size_max);
  ~request_reader();

  /// Gives it all bytes that wait; `used` of them, from the front, are not needed again.
  step read(std::string_view bytes, std::size_t& used);
  /// After `done`. The reader can then begin the next one.
  request take();
  /// After `refused`.
  const problem& refusal() const { return refusal_; }

 private:
  struct parser;
  step refuse(problem why);
  problem refusal_of(error_code why) const;
  step finish();

  const std::size_t head_size_max_;
  const std::size_t url_size_max_;
  std::unique_ptr<parser> parser_;
  request read_;
  problem refusal_;
};

}  // namespace blotter::http
